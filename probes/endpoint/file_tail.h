// SPDX-License-Identifier: Apache-2.0
// Follows a file that others write to, line by line: through rotation (another file under its
// name), truncation, rewriting, lines that are half written, and while it is not there. One thread
// at a time.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "storage/model/descriptor.h"
#include "storage/model/error.h"

namespace seep::endpoint {

class FileTail {
 public:
  static constexpr size_t kLongestLine = 1 << 20;  // longer ones are passed over, and counted

  explicit FileTail(std::string path) : path_(std::move(path)) {}

  struct Look {
    uint64_t bytes = 0;        // read
    bool is_at_end = false;    // of what is there now
    double modified_at_s = 0;  // of the file, CLOCK_REALTIME
    uint64_t too_long = 0;     // lines
  };
  // Reads at most about `most_bytes`. Each whole line goes to `line`; before the first one of
  // another file `restart` is called. Errors: kNotFound: it is not there, or no longer (a rotation
  // may be under way); kIo; kInvalidArgument: no regular file. What was read before stays read.
  model::Result<Look> Read(uint64_t most_bytes, const std::function<void(std::string_view)>& line,
                           const std::function<void()>& restart);

  const std::string& path() const { return path_; }

 private:
  model::Status Open();
  bool IsRewritten() const;
  void Begin();
  model::Result<bool> ReadSome(uint64_t most_bytes, Look* look,
                               const std::function<void(std::string_view)>& line);
  void Split(std::string_view bytes, Look* look, const std::function<void(std::string_view)>& line);

  std::string path_;
  std::unique_ptr<model::Descriptor> file_;
  struct stat identity_ {};
  uint64_t offset_ = 0;     // of what has been read
  std::string last_bytes_;  // in front of it: still there unless the file was written anew
  std::string half_line_;
  bool is_skipping_ = false;  // the rest of a line that is too long
  bool has_read_ = false;     // a file before this one
};

}  // namespace seep::endpoint
