// SPDX-License-Identifier: Apache-2.0
// Owns a file descriptor: closed with its scope.
#pragma once

#include <unistd.h>

namespace seep::model {

class Descriptor {
 public:
  // A negative one (a failed open) is kept as it is.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

}  // namespace seep::model
