// SPDX-License-Identifier: Apache-2.0
// Which allocations leak: a seeded coin first, then, for the few that win it, a look at the stack.
// Callable on any thread at any time; inert until the constructor has found the function.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace seep_leak {

// Trivial, in initial-exec TLS: usable from the first to the last instruction of a thread.
struct ThreadState {
  uint64_t random = 0;        // 0 = not seeded yet
  uintptr_t stack_low = 0;    // the thread's stack, once known
  uintptr_t stack_high = 0;   // 0 = not known yet
  unsigned nested_calls = 0;  // inside a real function that may call one of our hooks
  bool is_deciding = false;   // our own work: what it allocates is not considered
  unsigned* trial = nullptr;  // counts the calls of Consider instead: see TrialScope
};
extern constinit thread_local ThreadState t_state;

// True from the moment the function was found; never reset.
extern constinit std::atomic<bool> g_is_active;
extern constinit uint64_t g_coin_threshold;  // of 2^63

// Seeds the coin from SEEP_LEAK_SEED and the order in which threads first allocate.
uint64_t SeedRandom();
// The coin was won: marks the block when the function is on the stack. Keeps errno.
void Decide(void* block, size_t size_bytes);
// True when free() of this block is to be dropped. Keeps errno.
bool DropIfMarked(void* block);
// Takes the mark off / puts it on again, around realloc.
bool TakeMark(void* block, size_t* size_bytes);
void PutMark(void* block, size_t size_bytes);

inline bool WinsCoin(ThreadState* thread) {
  uint64_t x = thread->random;
  if (x == 0) [[unlikely]] {
    x = SeedRandom();
  }
  x ^= x << 13;  // xorshift64
  x ^= x >> 7;
  x ^= x << 17;
  thread->random = x;
  return (x >> 1) < g_coin_threshold;
}

// What is to be asked for in place of `size_bytes`: more beneath the function when SEEP_LEAK_MORE
// says so, a regression in place of a leak. Keeps errno.
extern constinit double g_more;
size_t EnlargeBeneath(size_t size_bytes);
inline size_t Enlarged(size_t size_bytes) {
  if (!g_is_active.load(std::memory_order_acquire) || g_more == 0) return size_bytes;
  return t_state.nested_calls == 0 ? EnlargeBeneath(size_bytes) : size_bytes;
}

// Called with every new block. Not before the real allocation: hooks must not tail-call it, or
// blocks that leak would show another stack than blocks that do not.
inline void Consider(void* block, size_t size_bytes) {
  if (!g_is_active.load(std::memory_order_acquire)) return;
  ThreadState& thread = t_state;
  if (block == nullptr || thread.nested_calls != 0) return;
  if (WinsCoin(&thread)) [[unlikely]] {
    Decide(block, size_bytes);
  }
}

// While activating, when every coin wins: tells whether this thread got to Consider.
class TrialScope {
 public:
  TrialScope() { t_state.trial = &considered_; }
  ~TrialScope() { t_state.trial = nullptr; }
  TrialScope(const TrialScope&) = delete;
  TrialScope& operator=(const TrialScope&) = delete;
  bool has_reached_malloc() const { return considered_ != 0; }

 private:
  unsigned considered_ = 0;
};

// Around real functions that may come back through another of our hooks.
class NestedCall {
 public:
  NestedCall() { ++t_state.nested_calls; }
  ~NestedCall() { --t_state.nested_calls; }
  NestedCall(const NestedCall&) = delete;
  NestedCall& operator=(const NestedCall&) = delete;
};

}  // namespace seep_leak
