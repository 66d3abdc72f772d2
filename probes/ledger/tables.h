// SPDX-License-Identifier: Apache-2.0
// Copies of a ledger's tables: plain memory of ours, read as the layout's types.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "probes/ledger/layout.h"
#include "probes/ledger/mapped_file.h"

namespace seep::ledger {

template <typename T>
const T* As(const Copied& copy) {
  return reinterpret_cast<const T*>(copy.data());
}
template <typename T>
std::span<const T> All(const Copied& copy) {
  return {As<T>(copy), copy.size() * sizeof(uint64_t) / sizeof(T)};
}
inline uint64_t Load(const Word& word) {
  return word.load(std::memory_order_relaxed);
}
inline int64_t Load(const SignedWord& word) {
  return word.load(std::memory_order_relaxed);
}

// Of an array that need not hold a NUL.
template <size_t kCapacity>
std::string BoundedText(const char (&text)[kCapacity]) {
  return std::string(text, strnlen(text, kCapacity));
}

struct Tables {
  Copied header, modules, stacks, frames, live, shards;

  // As far as the probe has filled them, within `sections`. False: the file was cut.
  bool CopyFrom(const MappedFile& file, const Sections& sections);
};

}  // namespace seep::ledger
