// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/process.h"

#include <time.h>

#include <atomic>
#include <cstring>

#include "probes/preload/cpu_budget.h"
#include "probes/preload/foreign_malloc.h"
#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/mapped_memory.h"
#include "probes/preload/module_table.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/thread_state.h"

// Sanitizer runtimes own malloc and die when someone else is in front of them.
extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] void __msan_init();
[[gnu::weak]] void __lsan_init();
}

constinit std::atomic<uint32_t> seep_has_filter{0};

namespace seep::probe {

__thread ThreadState tls __attribute__((tls_model("initial-exec"), visibility("hidden")));
alignas(4096) constinit FilterSlot free_filter[kFilterSlots];
// Read by every free: on a cache line that nobody writes.
alignas(64) constinit std::atomic<uint32_t> filter_shift{0};

namespace {

enum class Phase : uint32_t { kNone, kOpening, kActive, kInert };

// All state of the probe is constant-initialised: the first allocation comes before our
// constructors, and one that ran later would undo what it set up.

// One page, wiped in a fork child together with the filter.
struct alignas(4096) ForkWiped {
  std::atomic<Phase> phase{Phase::kNone};
  LedgerView view{};
};
constinit ForkWiped wiped{};

// Survives a fork: constant after the first opening.
struct Constant {
  std::atomic<bool> is_read{false};
  Settings settings{};
  AddressRange own_code{};
  const char* inert_reason = nullptr;
};
constinit Constant constant{};

// Watching ourselves would make the agent's work look like the target's.
bool IsSeepItself() {
  char exe[512];
  const long length = SysReadlink("/proc/self/exe", exe, sizeof(exe) - 1);
  exe[length > 0 ? length : 0] = '\0';
  const char* slash = strrchr(exe, '/');
  return slash != nullptr && strcmp(slash + 1, "seep") == 0;
}

bool HasSanitizer() {
  return __asan_init != nullptr || __tsan_init != nullptr || __msan_init != nullptr ||
         __lsan_init != nullptr;
}

void ReadConstants() {
  ReadSettings(&constant.settings);
  FindMapping(reinterpret_cast<uint64_t>(&AcquireLedger), &constant.own_code.start,
              &constant.own_code.end);
  if (IsSeepItself()) constant.inert_reason = "this is seep itself";
  if (HasSanitizer()) constant.inert_reason = "the program is built with a sanitizer";
  if (ForeignMallocReason() != nullptr) constant.inert_reason = ForeignMallocReason();
  constant.is_read.store(true, std::memory_order_release);
}

// The reason why not, or nullptr.
const char* OpenLedger() {
  // Where the kernel cannot wipe, a fork child would take itself for its parent.
  if (SysMadvise(&wiped, sizeof(wiped), MADV_WIPEONFORK) != 0 ||
      SysMadvise(free_filter, sizeof(free_filter), MADV_WIPEONFORK) != 0 ||
      !WipeMappedMemoryOnFork()) {
    return "the kernel cannot wipe memory on fork (MADV_WIPEONFORK)";
  }
  const char* reason = CreateLedger(constant.settings, ReadIdentity(), &wiped.view);
  if (reason != nullptr) return reason;
  SetFilterGranule(wiped.view.header().base_interval_bytes);
  SetCpuBudget(constant.settings.cpu_percent);
  return nullptr;
}

// One thread opens the ledger; the others go on unsampled meanwhile.
void Open() {
  if (IsForeignMallocUndecided()) return;
  Phase expected = Phase::kNone;
  if (!wiped.phase.compare_exchange_strong(expected, Phase::kOpening, std::memory_order_acq_rel)) {
    return;
  }
  if (!constant.is_read.load(std::memory_order_acquire)) ReadConstants();
  // A fork child must not toss its parent's coins.
  tls.random = 0;
  const char* reason = constant.inert_reason;
  // A child of a process that has shut itself in: opening a file may be the end of it.
  if (!MaySystemCall()) reason = "a seccomp filter is installed";
  if (reason == nullptr) {
    reason = OpenLedger();
  } else if (MaySystemCall() && !IsSeepItself()) {
    LeaveInertReason(constant.settings, ReadIdentity(), reason);
  }
  wiped.phase.store(reason == nullptr ? Phase::kActive : Phase::kInert, std::memory_order_release);
}

}  // namespace

LedgerAccess AcquireLedger() {
  Phase phase = wiped.phase.load(std::memory_order_acquire);
  if (phase == Phase::kNone) {
    Open();
    phase = wiped.phase.load(std::memory_order_acquire);
  }
  if (phase == Phase::kInert) return {Access::kNone, {}};
  if (phase != Phase::kActive) return {Access::kOpening, {}};
  return {Access::kWritable, wiped.view};
}

const AddressRange& OwnCode() {
  return constant.own_code;
}

uint32_t BirthTicks(LedgerView view) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  const uint64_t now_ns =
      static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
  const uint64_t created_ns = view.header().created_monotonic_ns;
  // The coarse clock may stand a tick before the fine one that stamped the header.
  const uint64_t age_ns = now_ns > created_ns ? now_ns - created_ns : 0;
  return static_cast<uint32_t>(age_ns / (1'000'000'000 / ledger::kBirthTicksPerSecond));
}

}  // namespace seep::probe
