// SPDX-License-Identifier: Apache-2.0
// A file as the fuzzer changes it: only what exists of it, for ledgers are sparse.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace seep::fuzz {

using Random = std::mt19937_64;

// [0, bound); bound > 0.
inline uint64_t Below(Random& random, uint64_t bound) {
  return random() % bound;
}

struct FileImage {
  struct Extent {
    uint64_t offset = 0;
    std::string bytes;
  };
  std::string name;         // of the file, for whoever reads of a crash
  uint64_t file_bytes = 0;  // as long as it says it is
  std::vector<Extent> extents;

  // Aborts when that cannot be done: the fuzzer's own folder.
  static FileImage Load(const std::string& path);
  void Store(const std::string& path) const;
};

// Some changes to what exists of it, and to its length: bits, words, ranges, pages; cut, made
// longer. Headers get more than their share.
void Mutate(Random& random, FileImage* image);
// The same of bytes without a length of their own.
void Mutate(Random& random, std::string* bytes);

}  // namespace seep::fuzz
