// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/process.h"

#include <time.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/module_table.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/thread_state.h"

// Sanitizer runtimes own malloc and die when someone else is in front of them.
extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] void __msan_init();
[[gnu::weak]] void __lsan_init();
}

namespace seep::probe {

__thread ThreadState tls __attribute__((tls_model("initial-exec"), visibility("hidden")));
alignas(4096) constinit FilterSlot free_filter[kFilterSlots];

namespace {

enum class Phase : uint32_t { kNone, kOpening, kActive, kInert };

// All state of the probe is constant-initialised: the first allocation comes before our
// constructors, and one that ran later would undo what it set up.

// One page, wiped in a fork child together with the filter.
struct alignas(4096) ForkWiped {
  std::atomic<Phase> phase{Phase::kNone};
  uint32_t pid = 0;
  LedgerView view{};
};
constinit ForkWiped wiped{};

// Survives a fork: constant after the first opening.
struct Constant {
  std::atomic<bool> is_read{false};
  Settings settings{};
  AddressRange own_code{};
  const char* inert_reason = nullptr;
  // An attached library: counts the AttachLedgers, so that threads draw anew, and keeps where the
  // ledger of an earlier one was mapped, for the next to be mapped in its place.
  std::atomic<uint32_t> attachment{0};
  char* vacant_ledger = nullptr;
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

// Why the probe may not work in this program, nullptr: it may.
const char* Obstacle() {
  if (HasSanitizer()) return "the program is built with a sanitizer";
  return IsSeepItself() ? "this is seep itself" : nullptr;
}

void ReadConstants() {
  ReadSettings(&constant.settings);
  FindMapping(reinterpret_cast<uint64_t>(&AcquireLedger), &constant.own_code.start,
              &constant.own_code.end);
  constant.inert_reason = Obstacle();
  constant.is_read.store(true, std::memory_order_release);
}

// One thread opens the ledger; the others go on unsampled meanwhile. nullptr, or why there is none.
const char* Open() {
  Phase expected = Phase::kNone;
  if (!wiped.phase.compare_exchange_strong(expected, Phase::kOpening, std::memory_order_acq_rel)) {
    return "another thread is opening the ledger";
  }
  if (!constant.is_read.load(std::memory_order_acquire)) ReadConstants();
  // A fork child must not toss its parent's coins.
  tls.random = 0;
  const Identity identity = ReadIdentity();
  const char* reason = constant.inert_reason;
  // Where the kernel cannot wipe, a fork child would be taken for its parent: the pid tells.
  SysMadvise(&wiped, sizeof(wiped), MADV_WIPEONFORK);
  SysMadvise(free_filter, sizeof(free_filter), MADV_WIPEONFORK);
  if (reason == nullptr) reason = CreateLedger(constant.settings, identity, &wiped.view);
  if (reason == nullptr) {
    wiped.pid = identity.pid;
    char* vacant = std::exchange(constant.vacant_ledger, nullptr);
    if (vacant != nullptr && SysMoveMapping(wiped.view.base, ledger::kFileBytes, vacant)) {
      wiped.view.base = vacant;
    }
  }
  wiped.phase.store(reason == nullptr ? Phase::kActive : Phase::kInert, std::memory_order_release);
  return reason;
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
  // A thread of an earlier attachment: its interval was drawn for another ledger.
  const uint32_t attachment = constant.attachment.load(std::memory_order_relaxed);
  if (tls.attachment != attachment) {
    tls.attachment = attachment;
    tls.random = 0;
  }
  return {SysGetpid() == wiped.pid ? Access::kWritable : Access::kForeign, wiped.view};
}

void StayInert() {
  ReadConstants();
  constant.inert_reason = "not attached";
  wiped.phase.store(Phase::kInert, std::memory_order_release);
}

const char* AttachLedger(const Settings& settings) {
  if (wiped.phase.load(std::memory_order_acquire) == Phase::kActive) return nullptr;
  constant.settings = settings;
  constant.inert_reason = Obstacle();
  constant.attachment.fetch_add(1, std::memory_order_relaxed);
  wiped.phase.store(Phase::kNone, std::memory_order_release);
  return Open();
}

void DetachLedger() {
  if (wiped.phase.load(std::memory_order_acquire) != Phase::kActive) return;
  constant.inert_reason = "detached";
  wiped.phase.store(Phase::kInert, std::memory_order_release);
  if (SysMapEmptyOver(wiped.view.base, ledger::kFileBytes)) {
    constant.vacant_ledger = wiped.view.base;
  }
  // Zeroes it: an anonymous mapping of whole pages.
  SysMadvise(free_filter, sizeof(free_filter), MADV_DONTNEED);
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
