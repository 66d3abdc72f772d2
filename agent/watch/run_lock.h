// SPDX-License-Identifier: Apache-2.0
// Says that a seep is watching a run, for as long as that seep lives: kill -9 releases it.
#pragma once

#include <string>

#include "storage/model/error.h"
#include "storage/model/ids.h"

namespace seep::agent {

// An abstract socket whose name is the database file and the run: no file is left behind.
class RunLock {
 public:
  // kBusy: another process holds it.
  static model::Result<RunLock> Take(const std::string& database, model::RunId run);

  RunLock(RunLock&& other) noexcept : socket_(other.socket_) { other.socket_ = -1; }
  RunLock& operator=(RunLock&&) = delete;
  ~RunLock();

 private:
  explicit RunLock(int socket) : socket_(socket) {}

  int socket_;
};

}  // namespace seep::agent
