// SPDX-License-Identifier: Apache-2.0
// Heap profiles of services for the server's clients, each by a `seep export` of its own: a run of
// days takes more memory than the daemon may have, and longer than its loop may wait.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <string>

#include "agent/serve/heap_request.h"
#include "storage/model/error.h"

namespace seep::agent {

class HeapProfiles {
 public:
  explicit HeapProfiles(std::string database) : database_(std::move(database)) {}

  // Of what is stored: the last heap snapshot. Any thread; one profile is made at a time, another
  // caller waits. kBusy: two are there already, or it took too long; kIo: it was not made. Ends at
  // once when `stop` says so.
  model::Result<std::string> Make(const serve::HeapRequest& request, std::stop_token stop);

 private:
  // Given back whatever happens, lack of memory too.
  class Turn {
   public:
    explicit Turn(HeapProfiles& of) : of_(of) {}
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    HeapProfiles& of_;
  };

  model::Result<std::string> Export(const serve::HeapRequest& request, std::stop_token stop) const;

  const std::string database_;
  std::mutex mutex_;
  std::condition_variable_any is_free_;
  bool is_busy_ = false;  // guarded by mutex_, as is the next
  int callers_ = 0;
};

}  // namespace seep::agent
