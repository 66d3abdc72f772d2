// SPDX-License-Identifier: Apache-2.0
// The truth for tests: one fixed-width line in SEEP_LEAK_LOG, stored through a shared mapping at
// every leak, so that kill -9 leaves it whole and current. Thread-safe. Forked children (without
// exec) share the counters: the line is the sum over the family.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seep_leak {

class LeakLog {
 public:
  // Replaces the file. Does nothing but count when `path` is null or cannot be written.
  void Open(const char* path, const char* function);
  // Creates the file with a line that says so, unless there is one: a child that was exec'ed with
  // our environment must not wipe out what its parent writes.
  static void WriteNotFound(const char* path, const char* function);

  void AddMarked(size_t size_bytes);
  void AddLeaked(size_t size_bytes);
  // 1, 2, 3...: the whole family of processes counts together. 0 when not open.
  uint64_t NextThreadNumber() {
    return counters_ != nullptr ? counters_->threads.fetch_add(1) + 1 : 0;
  }
  void ResetAfterFork() { is_rendering_.store(false, std::memory_order_relaxed); }

 private:
  enum Counter { kLeakedBlocks, kLeakedBytes, kMarkedBlocks, kMarkedBytes, kCounters };
  struct Counters {
    std::atomic<uint64_t> value[kCounters];
    std::atomic<uint64_t> changes;
    std::atomic<uint64_t> threads;
  };

  void Render();

  Counters* counters_ = nullptr;  // MAP_SHARED
  char* line_ = nullptr;          // the file
  std::atomic<bool> is_rendering_{false};
};

}  // namespace seep_leak
