// SPDX-License-Identifier: Apache-2.0
// A preload that captures the stacks of randomly chosen allocations three ways, by the probe's
// unwinder, by libgcc's and by libunwind's, and compares them frame by frame.
//
//   LD_PRELOAD=libseep_unwind_oracle.so SEEP_ORACLE_DIR=DIR [SEEP_ORACLE_EVERY=N] PROGRAM ...
//
// About one allocation in N (10) is compared. DIR/PID.counts holds the numbers (struct Counts in
// oracle_log.cpp), DIR/PID.differences the first stacks that differ. test_unwind.py reads both.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "probes/preload/hooks.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/module_table.h"
#include "probes/preload/process.h"
#include "probes/preload/sampling.h"
#include "probes/preload/unwind/rule_cache.h"
#include "probes/preload/unwind/walk_trace.h"
#include "probes/preload/unwinder.h"
#include "tests/probes/preload/unwind_oracle/oracle_log.h"
#include "tests/probes/preload/unwind_oracle/other_unwinders.h"

namespace seep::oracle {
namespace {

struct RealAllocator {
  void* (*malloc)(size_t);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
};
RealAllocator real;

// As ThreadShard::FindCallingStack knows walks, with the frames instead of a stack id.
struct KnownWalk {
  uint64_t stamp;
  probe::unwind::WalkTrace trace;
  probe::CapturedStack stack;
};
constexpr uint64_t kKnownWalks = 16;

struct ThreadState {
  bool is_busy;
  uint64_t random;
  int64_t until_next;
  KnownWalk* walks;
};
__thread ThreadState thread_state __attribute__((tls_model("initial-exec")));

probe::LedgerView view;  // in memory: the modules are kept there
probe::AddressRange own_code;
uint64_t every = 10;
bool is_broken = false;  // SEEP_ORACLE_BREAK: our outermost frame is dropped
std::atomic<bool> is_ready{false};

// One without a name: it goes with the process.
bool MakeLedger() {
  char directory[] = "/dev/shm/seep-oracle-XXXXXX";
  if (mkdtemp(directory) == nullptr) return false;
  probe::Settings settings{};
  settings.directory.Add(directory);
  const probe::Identity identity = probe::ReadIdentity();
  const char* reason = probe::CreateLedger(settings, identity, &view);
  if (reason == nullptr) {
    probe::PathText path = settings.directory;
    path.Add("/").AddNumber(identity.pid).Add("-").AddNumber(identity.start_ticks).Add("-");
    unlink(path.AddNumber(view.header().image).Add(ledger::kLedgerSuffix).c_str());
  }
  rmdir(directory);
  return reason == nullptr;
}

// Before anything can be captured; allocations until then go through unseen.
[[gnu::constructor]] void Start() {
  thread_state.is_busy = true;
  real.calloc = reinterpret_cast<void* (*)(size_t, size_t)>(dlsym(RTLD_NEXT, "calloc"));
  const char* text = getenv("SEEP_ORACLE_EVERY");
  is_broken = getenv("SEEP_ORACLE_BREAK") != nullptr;
  if (text != nullptr) every = static_cast<uint64_t>(atoll(text));
  const char* folder = getenv("SEEP_ORACLE_DIR");
  if (folder != nullptr && OpenLog(folder) && LoadLibunwind() && MakeLedger()) {
    probe::FindMapping(reinterpret_cast<uint64_t>(&Start), &own_code.start, &own_code.end);
    is_ready.store(true, std::memory_order_release);
  }
  thread_state.is_busy = false;
}

// A packed frame as the run-time address that it stands for.
uint64_t AddressOf(uint64_t frame) {
  return view.modules()[ledger::FrameModule(frame)].load_bias + ledger::FrameAddress(frame);
}

// A stack whose walk would read what a walk has read before is the stack of that walk.
void CompareRepeated(const probe::unwind::Registers& from, const probe::CapturedStack& captured) {
  KnownWalk*& walks = thread_state.walks;
  if (walks == nullptr)
    walks = static_cast<KnownWalk*>(real.calloc(kKnownWalks, sizeof(KnownWalk)));
  KnownWalk& walk = walks[(from.return_address ^ from.rsp >> 4) % kKnownWalks];
  const uint64_t stamp = probe::unwind::rule_cache.Use(view.Number()) | probe::BirthTicks(view);
  if (walk.stamp == stamp && walk.trace.IsRepeatedFrom(from) &&
      !probe::unwind::rule_cache.IsUnloading()) {
    LogRepeated(walk.stack.count == captured.count &&
                memcmp(walk.stack.frames, captured.frames, captured.count * sizeof(uint64_t)) == 0);
    return;
  }
  probe::CaptureStack(view, own_code, &from, &walk.stack, &walk.trace);
  walk.stamp = walk.trace.is_whole() ? stamp : 0;
}

[[gnu::noinline]] void Compare() {
  const probe::unwind::Registers caller = probe::CallerOfThisFunction();
  probe::CapturedStack captured;
  const auto lost = [] { return view.header().losses[ledger::kLossStackEnd].load(); };
  const uint64_t lost_before = lost();
  probe::CaptureStack(view, own_code, nullptr, &captured);
  const bool is_lost = lost() != lost_before;
  Stack ours;
  for (uint32_t i = 0; i < captured.count; ++i) ours.frames[i] = AddressOf(captured.frames[i]);
  ours.count = captured.count - (is_broken && captured.count != 0 ? 1 : 0);
  Stack by_libgcc;
  CaptureByLibgcc(own_code, &by_libgcc);
  Stack by_libunwind;
  CaptureByLibunwind(own_code, &by_libunwind);
  LogStacks(ours, by_libgcc, by_libunwind, is_lost);
  CompareRepeated(caller, captured);
}

void OnAllocation() {
  ThreadState& state = thread_state;
  if (state.is_busy || --state.until_next > 0 || !is_ready.load(std::memory_order_acquire)) return;
  state.is_busy = true;
  const int saved_errno = errno;
  if (state.random == 0) state.random = reinterpret_cast<uint64_t>(&state) | 1;
  state.until_next = static_cast<int64_t>(probe::NextRandom(state.random) % (2 * every)) + 1;
  Compare();
  errno = saved_errno;
  state.is_busy = false;
}

template <typename Function>
void Find(Function*& function, const char* name) {
  if (function != nullptr) return;
  const bool was_busy = thread_state.is_busy;
  thread_state.is_busy = true;
  function = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
  thread_state.is_busy = was_busy;
}

}  // namespace
}  // namespace seep::oracle

using namespace seep::oracle;

extern "C" {

// The stack is captured behind the real call, as the probe does: no tail call.
SEEP_EXPORT void* malloc(size_t bytes) noexcept {
  Find(real.malloc, "malloc");
  void* pointer = real.malloc(bytes);
  OnAllocation();
  return pointer;
}
SEEP_EXPORT void* calloc(size_t count, size_t bytes) noexcept {
  Find(real.calloc, "calloc");
  void* pointer = real.calloc(count, bytes);
  OnAllocation();
  return pointer;
}
SEEP_EXPORT void* realloc(void* old_pointer, size_t bytes) noexcept {
  Find(real.realloc, "realloc");
  void* pointer = real.realloc(old_pointer, bytes);
  OnAllocation();
  return pointer;
}

}  // extern "C"
