// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/decision.h"

#include <errno.h>
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>
#include <unwind.h>

#include "tests/injector/config.h"
#include "tests/injector/elf_symbol.h"
#include "tests/injector/leak_log.h"
#include "tests/injector/mark_set.h"
#include "tests/injector/operators.h"

extern "C" void* __libc_stack_end;  // ld.so: the main thread's stack begins here

namespace seep_leak {

constinit thread_local ThreadState t_state;
constinit std::atomic<bool> g_is_active{false};
constinit uint64_t g_coin_threshold = 0;
constinit double g_more = 0;

namespace {

// A function further up than this is not seen. With the coin first, 2048 words cost nothing.
constexpr uintptr_t kScanBytes = 16 * 1024;
constexpr unsigned kMaxFrames = 256;
constexpr uint64_t kAlwaysWins = uint64_t{1} << 63;

constinit CodeRanges g_ranges;
constinit MarkSet g_marks;
constinit LeakLog g_log;
constinit uint64_t g_seed = 1;
constinit std::atomic<int64_t> g_start_ns{INT64_MAX};  // leak from then on, CLOCK_MONOTONIC
constinit std::atomic<bool> g_has_started{false};

int64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

bool HasStarted() {
  if (g_has_started.load(std::memory_order_relaxed)) return true;
  if (NowNs() < g_start_ns.load(std::memory_order_relaxed)) return false;
  g_has_started.store(true, std::memory_order_relaxed);
  return true;
}

// Not for the main thread, where glibc would read /proc/self/maps: see Activate.
void FindStack(ThreadState* thread) {
  thread->stack_high = 1;  // known to be unknown
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  void* low = nullptr;
  size_t size_bytes = 0;
  if (pthread_attr_getstack(&attributes, &low, &size_bytes) == 0) {
    thread->stack_low = reinterpret_cast<uintptr_t>(low);
    thread->stack_high = thread->stack_low + size_bytes;
  }
  pthread_attr_destroy(&attributes);
}

// Conservative: stale words may look like return addresses, so a hit has to be verified.
bool ScanStack(const ThreadState& thread) {
  const auto low = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (low < thread.stack_low || low >= thread.stack_high) return false;  // a fiber, a signal stack
  const uintptr_t high =
      thread.stack_high - low > kScanBytes ? low + kScanBytes : thread.stack_high;
  for (uintptr_t at = low; at + sizeof(uintptr_t) <= high; at += sizeof(uintptr_t)) {
    if (g_ranges.HoldsReturnAddress(*reinterpret_cast<const uintptr_t*>(at))) return true;
  }
  return false;
}

struct Walk {
  unsigned frames = 0;
  bool is_found = false;
};

_Unwind_Reason_Code Visit(_Unwind_Context* context, void* data) {
  auto* walk = static_cast<Walk*>(data);
  walk->is_found = g_ranges.HoldsReturnAddress(_Unwind_GetIP(context));
  if (walk->is_found || ++walk->frames == kMaxFrames) return _URC_END_OF_STACK;
  return _URC_NO_REASON;
}

bool IsBeneathFunction(ThreadState* thread) {
  if (thread->stack_high == 0) FindStack(thread);
  if (!ScanStack(*thread)) return false;
  Walk walk;
  _Unwind_Backtrace(&Visit, &walk);
  return walk.is_found;
}

void LockForFork() {
  g_marks.LockAll();
}
void UnlockInParent() {
  g_marks.UnlockAll();
}
void UnlockInChild() {
  g_marks.UnlockAll();
  g_log.ResetAfterFork();
  t_state.random = 0;  // a number of its own, or each child would toss as the last one did
}

// Runs before the executable's constructors, on the main thread.
[[gnu::constructor]] void Activate() {
  const Config config = ReadConfig();
  if (config.function == nullptr) return;
  g_ranges = FindFunction(config.library, config.function);
  if (g_ranges.used == 0) {
    LeakLog::WriteNotFound(config.log_path, config.function);
    return;
  }
  if (!g_marks.Init() || pthread_atfork(&LockForFork, &UnlockInParent, &UnlockInChild) != 0) return;
  g_log.Open(config.log_path, config.function);

  rlimit limit;
  const bool is_limited = getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  t_state.stack_high = reinterpret_cast<uintptr_t>(__libc_stack_end);
  t_state.stack_low = t_state.stack_high - (is_limited ? limit.rlim_cur : uintptr_t{64} << 20);

  g_seed = config.seed;
  const double fraction = config.fraction < 0 ? 0 : config.fraction > 1 ? 1 : config.fraction;
  g_more = config.more > 0 ? config.more : 0;
  g_coin_threshold = kAlwaysWins;
  g_is_active.store(true, std::memory_order_release);  // pairs with Consider, TakeMark
  FindOutWhoAllocatesForNew();
  g_coin_threshold = static_cast<uint64_t>(fraction * static_cast<double>(kAlwaysWins));
  g_start_ns = NowNs() + static_cast<int64_t>(config.after_s * 1e9);
}

}  // namespace

uint64_t SeedRandom() {
  // splitmix64 of the seed and the thread's number
  uint64_t x = g_seed + g_log.NextThreadNumber() * 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  x ^= x >> 31;
  return x != 0 ? x : 1;
}

[[gnu::cold, gnu::noinline]] void Decide(void* block, size_t size_bytes) {
  ThreadState& thread = t_state;
  if (thread.trial != nullptr) ++*thread.trial;
  if (thread.is_deciding) return;
  thread.is_deciding = true;
  const int saved_errno = errno;
  if (HasStarted() && IsBeneathFunction(&thread)) {
    g_marks.Insert(block, size_bytes);
    g_log.AddMarked(size_bytes);
  }
  errno = saved_errno;
  thread.is_deciding = false;
}

size_t EnlargeBeneath(size_t size_bytes) {
  ThreadState& thread = t_state;
  if (thread.is_deciding) return size_bytes;
  thread.is_deciding = true;
  const int saved_errno = errno;
  const bool is_larger = HasStarted() && IsBeneathFunction(&thread);
  errno = saved_errno;
  thread.is_deciding = false;
  return is_larger ? static_cast<size_t>(static_cast<double>(size_bytes) * (1 + g_more))
                   : size_bytes;
}

bool TakeMark(void* block, size_t* size_bytes) {
  if (!g_is_active.load(std::memory_order_acquire) || !g_marks.MayHold(block)) return false;
  return g_marks.Remove(block, size_bytes);
}

void PutMark(void* block, size_t size_bytes) {
  g_marks.Insert(block, size_bytes);
}

bool DropIfMarked(void* block) {
  size_t size_bytes = 0;
  if (!TakeMark(block, &size_bytes)) return false;
  g_log.AddLeaked(size_bytes);
  return true;
}

}  // namespace seep_leak
