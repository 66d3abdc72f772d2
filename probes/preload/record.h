// SPDX-License-Identifier: Apache-2.0
// What a hook does: the inline tests that every call makes, and the cold paths behind them.
// A hook that is not due is a handful of instructions that end in a jump to the real allocator.
#pragma once

#include <cstddef>
#include <cstdint>

#include "probes/preload/free_filter.h"
#include "probes/preload/live_table.h"
#include "probes/preload/thread_state.h"
#include "probes/preload/unwind/walker.h"

namespace seep::probe {

// Takes `size` off the thread's countdown; true when a sample is due, or the thread is new.
inline bool IsSampleDue(size_t size) {
  tls.bytes_until_sample -= static_cast<int64_t>(size);
  return __builtin_expect(tls.bytes_until_sample < 0, 0);
}

// Of a block just allocated when IsSampleDue: records it where the countdown says so. Never
// fails, keeps errno. `caller` of the hook, where it is at hand (CaptureStack).
[[gnu::noinline]] void RecordAlloc(void* pointer, size_t size,
                                   const unwind::Registers* caller = nullptr);

// Before the real free of a block that MayBeSampled. Keeps errno.
[[gnu::noinline]] void RecordFree(void* pointer);

// realloc: the old block is taken out before the real call, so that another thread that gets the
// old address at once finds its place free; on failure it is put back.
class [[nodiscard]] ReallocRecord {
 public:
  [[gnu::noinline]] explicit ReallocRecord(void* old_pointer);
  [[gnu::noinline]] void Succeeded();
  [[gnu::noinline]] void Failed();

 private:
  void* old_pointer_;
  LedgerView view_{};
  LiveBlock block_{};
  bool is_taken_ = false;
};

}  // namespace seep::probe
