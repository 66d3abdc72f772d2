// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/process.h"

#include <gnu/libc-version.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/single_threaded.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "probes/preload/cpu_budget.h"
#include "probes/preload/exact_table.h"
#include "probes/preload/find_real.h"
#include "probes/preload/foreign_malloc.h"
#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/mapped_memory.h"
#include "probes/preload/module_table.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/thread_shard.h"
#include "probes/preload/thread_state.h"
#include "probes/preload/unwind/rule_cache.h"

// Sanitizer runtimes own malloc and die when someone else is in front of them.
extern "C" {
[[gnu::weak]] void __asan_init();
[[gnu::weak]] void __tsan_init();
[[gnu::weak]] void __msan_init();
[[gnu::weak]] void __lsan_init();

// The shared runtime of AddressSanitizer ends a program in which another library comes first, and
// asks this function before. It finds itself behind us, where it hears of every block all the same.
// A program that has options of its own comes before us and must say this itself.
[[gnu::visibility("default")]] const char* __asan_default_options() {
  return "verify_asan_link_order=0";
}
}

constinit std::atomic<uint32_t> seep_has_filter{0};

namespace seep::probe {

constinit void* real_scope = RTLD_NEXT;

__thread ThreadState tls __attribute__((tls_model("initial-exec"), visibility("hidden")));
alignas(4096) constinit FilterSlot free_filter[kFilterSlots];
// Read by every free: on a cache line that nobody writes.
alignas(64) constinit std::atomic<uint32_t> filter_shift{0};

// All state of the probe is constant-initialised: the first allocation comes before our
// constructors, and one that ran later would undo what it set up.
constinit ProcessState process_state{};
constinit std::atomic<uint32_t> process_attachment{0};

namespace {

// Survives a fork: constant after the first opening.
struct Constant {
  std::atomic<bool> is_read{false};
  Settings settings{};
  AddressRange own_code{};
  uint64_t block_distance = 0;  // SmallestBlockDistance, once asked
  bool is_started = false;      // the next opening is by the process that was started, not forked
  const char* inert_reason = nullptr;
  // An attached library: where the ledger of an earlier attachment was mapped, for the next to be
  // mapped in its place.
  char* vacant_ledger = nullptr;
  uint64_t vacant_bytes = 0;
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

// A namespace of dlmopen or of an audit library has a libc and a heap of its own. Its probe would
// make a second ledger of the process, newer than the one that counts.
bool IsInOtherNamespace() {
  const link_map* own = FindLinkMap(reinterpret_cast<uint64_t>(&OpenOrJoinLedger));
  const link_map* program = FindLinkMap(getauxval(AT_ENTRY));
  if (own == nullptr || program == nullptr) return false;
  while (own->l_prev != nullptr) own = own->l_prev;
  return own != program;  // the program is the first object of the base namespace
}

// Why the probe may not work in this program, nullptr: it may.
const char* Obstacle() {
  if (IsSeepItself()) return "this is seep itself";
  if (IsInOtherNamespace()) return "a link namespace beside the program's";
  if (HasSanitizer()) return "the program is built with a sanitizer";
  return ForeignMallocReason();
}

void ReadConstants() {
  ReadSettings(&constant.settings);
  FindMapping(reinterpret_cast<uint64_t>(&OpenOrJoinLedger), &constant.own_code.start,
              &constant.own_code.end);
  constant.inert_reason = Obstacle();
  constant.is_started = true;
  constant.is_read.store(true, std::memory_order_release);
}

// glibc has no chunk below 32 bytes; jemalloc and tcmalloc have blocks of 8.
uint64_t SmallestBlockDistance() {
  const auto malloc_address = reinterpret_cast<uint64_t>(FindReal("malloc"));
  const auto libc = reinterpret_cast<uint64_t>(&gnu_get_libc_version);
  AddressRange range;
  const bool is_glibc = FindMapping(libc, &range.start, &range.end) &&
                        malloc_address >= range.start && malloc_address < range.end;
  return is_glibc ? 32 : 8;
}

// The reason why not, or nullptr.
const char* OpenLedger() {
  // Where the kernel cannot wipe, a fork child would take itself for its parent.
  if (SysMadvise(&process_state, sizeof(process_state), MADV_WIPEONFORK) != 0 ||
      SysMadvise(free_filter, sizeof(free_filter), MADV_WIPEONFORK) != 0 ||
      !WipeMappedMemoryOnFork()) {
    return "the kernel cannot wipe memory on fork (MADV_WIPEONFORK)";
  }
  unwind::rule_cache.WipeOnFork();
  const char* reason = CreateLedger(constant.settings, ReadIdentity(), &process_state.view);
  if (reason != nullptr) return reason;
  char* vacant = std::exchange(constant.vacant_ledger, nullptr);
  const uint64_t bytes = process_state.view.header().file_bytes;
  if (vacant != nullptr && constant.vacant_bytes == bytes &&
      SysMoveMapping(process_state.view.base, bytes, vacant)) {
    process_state.view.base = vacant;
  }
  if (process_state.view.is_exact()) {
    ThreadShard::Prepare();
    if (constant.block_distance == 0) constant.block_distance = SmallestBlockDistance();
    SetExactGranule(constant.block_distance);
  }
  // Nobody tells a fork from a _Fork, behind which the locks that other threads held are taken for
  // ever: a child may ask when its parent had no other threads.
  const bool is_started = std::exchange(constant.is_started, false);
  process_state.may_ask_allocator.store(is_started || __libc_single_threaded != 0,
                                        std::memory_order_relaxed);
  SetFilterGranule(process_state.view.header().base_interval_bytes);
  SetCpuBudget(constant.settings.cpu_percent);
  return nullptr;
}

// One thread opens the ledger; the others go on unsampled meanwhile. nullptr, or why there is none.
const char* Open() {
  if (IsForeignMallocUndecided()) return "the program's malloc is not known yet";
  // Under an audit library the loader allocates before libc knows the environment, and with it the
  // place of the ledger.
  if (!constant.is_read.load(std::memory_order_acquire) && environ == nullptr) {
    return "there is no environment yet";
  }
  Phase expected = Phase::kNone;
  if (!process_state.phase.compare_exchange_strong(expected, Phase::kOpening,
                                                   std::memory_order_acq_rel)) {
    return "another thread is opening the ledger";
  }
  if (!constant.is_read.load(std::memory_order_acquire)) ReadConstants();
  // A fork child must not toss its parent's coins.
  tls.random = 0;
  tls.has_interval = false;
  const char* reason = constant.inert_reason;
  // A child of a process that has shut itself in: opening a file may be the end of it.
  if (!MaySystemCall()) reason = "a seccomp filter is installed";
  if (reason == nullptr) {
    reason = OpenLedger();
  } else if (MaySystemCall() && !IsSeepItself()) {
    LeaveInertReason(constant.settings, ReadIdentity(), reason);
  }
  process_state.phase.store(reason == nullptr ? Phase::kActive : Phase::kInert,
                            std::memory_order_release);
  return reason;
}

}  // namespace

LedgerAccess OpenOrJoinLedger() {
  Phase phase = process_state.phase.load(std::memory_order_acquire);
  if (phase == Phase::kNone) {
    Open();
    phase = process_state.phase.load(std::memory_order_acquire);
  }
  if (phase == Phase::kNone) return {Phase::kOpening, {}};  // not to be had yet
  if (phase != Phase::kActive) return {phase, {}};
  // A thread of an earlier attachment: its interval was drawn for another ledger.
  const uint32_t attachment = process_attachment.load(std::memory_order_relaxed);
  if (tls.attachment != attachment) {
    tls.attachment = attachment;
    tls.has_interval = false;
  }
  return {Phase::kActive, process_state.view};
}

void StayInert() {
  ReadConstants();
  constant.inert_reason = "not attached";
  process_state.phase.store(Phase::kInert, std::memory_order_release);
}

const char* AttachLedger(const Settings& settings) {
  if (process_state.phase.load(std::memory_order_acquire) == Phase::kActive) return nullptr;
  constant.settings = settings;
  constant.inert_reason = Obstacle();
  constant.is_started = true;
  process_attachment.fetch_add(1, std::memory_order_relaxed);
  process_state.phase.store(Phase::kNone, std::memory_order_release);
  return Open();
}

void DetachLedger() {
  if (process_state.phase.load(std::memory_order_acquire) != Phase::kActive) return;
  constant.inert_reason = "detached";
  process_state.phase.store(Phase::kInert, std::memory_order_release);
  // Whoever still writes there, in the middle of a sample, shall find a ledger: the header as it
  // is, but with no room to grow, and empty tables. In one step.
  const uint64_t bytes = process_state.view.header().file_bytes;
  void* dummy = SysMapPrivate(bytes);
  if (dummy != nullptr) {
    memcpy(dummy, process_state.view.base, ledger::kHeaderBytes);
    LedgerView{static_cast<char*>(dummy)}.header().max_bytes = 0;
    if (SysMoveMapping(dummy, bytes, process_state.view.base)) {
      constant.vacant_ledger = process_state.view.base;
      constant.vacant_bytes = bytes;
    }
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

// Written when it changes, which is rare beside the samples of many threads.
uint32_t Now(LedgerView view) {
  const uint32_t now = BirthTicks(view);
  ledger::Word& newest = view.header().last_sample_ticks;
  if (newest.load(std::memory_order_relaxed) != now) newest.store(now, std::memory_order_relaxed);
  return now;
}

}  // namespace seep::probe
