// SPDX-License-Identifier: Apache-2.0
// A file that somebody else writes, mapped for reading and only ever copied from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/error.h"

namespace seep::ledger {

// Part of a file, in whole words.
using Copied = std::vector<uint64_t>;

class MappedFile {
 public:
  // kNotFound; kBusy (still empty); kCorrupt (smaller than `least_bytes`, or no regular file).
  static model::Result<MappedFile> Open(const std::string& path, uint64_t least_bytes);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept
      : base_(std::exchange(other.base_, nullptr)), bytes_(other.bytes_) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  uint64_t bytes() const { return bytes_; }  // when it was opened: it may shrink

  // Of whole words, rounded up. False: not within the file, or it has shrunk.
  bool Copy(uint64_t offset, uint64_t bytes, Copied* copy) const;

 private:
  const char* base_ = nullptr;
  uint64_t bytes_ = 0;
};

// "ledger PATH is damaged: CAUSE"
std::unexpected<model::Error> Damaged(const std::string& path, const std::string& cause);

}  // namespace seep::ledger
