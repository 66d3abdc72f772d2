// SPDX-License-Identifier: Apache-2.0
// dlopen in a thread of the target.
#pragma once

#include <cstdint>
#include <string>

#include "probes/attach/borrowed_thread.h"
#include "probes/attach/loaded_program.h"
#include "storage/model/error.h"

namespace seep::attach {

class LibraryLoader {
 public:
  // Finds what it takes to load the file at `path` (ours to see).
  static model::Result<LibraryLoader> Prepare(const Memory& memory, const LoadedProgram& program,
                                              const std::string& path);

  // By its path when the target sees the same file there, else through a memfd. The load bias;
  // nothing stays behind on failure, kIo: with ld.so's own words.
  model::Result<uint64_t> Load(BorrowedThread& thread) const;

 private:
  LibraryLoader(const Memory& memory, const std::string& path) : memory_(memory), path_(path) {}
  model::Result<uint64_t> Open(BorrowedThread& thread, const std::string& path) const;
  model::Result<uint64_t> OpenCopy(BorrowedThread& thread) const;
  model::Status Put(const BorrowedThread& thread, const std::string& text) const;

  Memory memory_;
  std::string path_;
  bool is_seen_by_target_ = false;
  uint64_t dlopen_ = 0;
  uint64_t dlerror_ = 0;
  uint64_t memfd_create_ = 0;
  uint64_t close_ = 0;
};

}  // namespace seep::attach
