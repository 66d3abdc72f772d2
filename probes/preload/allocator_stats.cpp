// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/allocator_stats.h"

#include <gnu/libc-version.h>
#include <link.h>
#include <malloc.h>
#include <time.h>

#include <cstring>

#include "probes/preload/find_real.h"
#include "probes/preload/module_table.h"
#include "probes/preload/process.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/unwind/signal_frames.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

using ledger::Allocator;
constexpr auto kRelaxed = std::memory_order_relaxed;

// Every sixtieth of the ledger's age, so that a short run has enough answers.
constexpr uint64_t kAgeShare = 60;
constexpr uint64_t kSoonest_s = 1;
constexpr uint64_t kLatest_s = 10;
constexpr uint64_t kRetriesPerSecond = 16;
constexpr uint64_t kRest = 1000;  // times the duration of the last call

struct Figures {
  uint64_t in_use_bytes = 0;
  uint64_t held_bytes = 0;
  uint64_t mapped_bytes = 0;
};

// Set before any thread asks; survives a fork.
struct Source {
  Allocator allocator = Allocator::kUnknown;
  struct mallinfo2 (*mallinfo2)() = nullptr;
  int (*mallctl)(const char*, void*, size_t*, void*, size_t) = nullptr;
  int (*property)(const char*, size_t*) = nullptr;  // gperftools' malloc_extension_c.h
};
constinit Source source{};

Figures AskGlibc() {
  const struct mallinfo2 all = source.mallinfo2();
  return {all.uordblks + all.hblkhd, all.arena + all.hblkhd, all.hblkhd};
}

size_t JemallocSize(const char* name) {
  size_t value = 0;
  size_t bytes = sizeof(value);
  return source.mallctl(name, &value, &bytes, nullptr, 0) == 0 ? value : 0;
}
Figures AskJemalloc() {
  uint64_t epoch = 1;  // writing it makes the figures anew
  size_t bytes = sizeof(epoch);
  source.mallctl("epoch", &epoch, &bytes, &epoch, sizeof(epoch));
  const size_t resident = JemallocSize("stats.resident");
  return {JemallocSize("stats.allocated"), resident, resident};
}

size_t TcmallocSize(const char* name) {
  size_t value = 0;
  return source.property(name, &value) != 0 ? value : 0;
}
Figures AskTcmalloc() {
  const size_t held =
      TcmallocSize("generic.heap_size") - TcmallocSize("tcmalloc.pageheap_unmapped_bytes");
  return {TcmallocSize("generic.current_allocated_bytes"), held, held};
}

Figures Ask() {
  switch (source.allocator) {
    case Allocator::kGlibc:
      return AskGlibc();
    case Allocator::kJemalloc:
      return AskJemalloc();
    case Allocator::kTcmalloc:
      return AskTcmalloc();
    case Allocator::kUnknown:
    case Allocator::kSilent:
      break;
  }
  return {};
}

uint64_t MonotonicNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// A child of vfork has the ledger of its parent, and would leave it a lock if it were killed now.
bool IsOwnLedger(LedgerView view) {
  return SysGetpid() == view.header().pid;
}

template <typename Function>
bool Find(const char* name, Function& function, Allocator allocator) {
  function = reinterpret_cast<Function>(FindReal(name));
  source.allocator = function != nullptr ? allocator : Allocator::kSilent;
  return function != nullptr;
}

}  // namespace

void FindAllocatorStats(uint64_t real_malloc) {
  const link_map* object = FindLinkMap(real_malloc);
  const char* name = object != nullptr && object->l_name != nullptr ? object->l_name : "";
  // By the object's name: to ask dlsym for a name that is not there leaves an error behind.
  if (object == FindLinkMap(reinterpret_cast<uint64_t>(&gnu_get_libc_version))) {
    Find("mallinfo2", source.mallinfo2, Allocator::kGlibc);
  } else if (strstr(name, "jemalloc") != nullptr) {
    Find("mallctl", source.mallctl, Allocator::kJemalloc);
  } else if (strstr(name, "tcmalloc") != nullptr) {
    Find("MallocExtension_GetNumericProperty", source.property, Allocator::kTcmalloc);
  } else {
    source.allocator = Allocator::kSilent;
  }
}

void AskAllocator(LedgerView view, uint32_t now) {
  constexpr uint64_t kTicks = ledger::kBirthTicksPerSecond;
  ledger::Header& header = view.header();
  const uint64_t age_share = now / kAgeShare;
  const uint64_t pause = age_share < kSoonest_s * kTicks  ? kSoonest_s * kTicks
                         : age_share > kLatest_s * kTicks ? kLatest_s * kTicks
                                                          : age_share;
  // One thread has the turn. Whoever may not ask leaves it to a later sample.
  uint64_t due = header.allocator_due_ticks.load(kRelaxed);
  if (now < due || !header.allocator_due_ticks.compare_exchange_strong(due, now + pause)) return;
  if (now < kSoonest_s * kTicks) return;
  header.allocator.store(static_cast<uint64_t>(source.allocator), kRelaxed);
  const bool has_answers =
      source.allocator != Allocator::kUnknown && source.allocator != Allocator::kSilent;
  if (!has_answers || !process_state.may_ask_allocator.load(kRelaxed) || !MaySystemCall() ||
      !IsOwnLedger(view)) {
    return;
  }
  if (unwind::MayBeInSignalHandler(CallerOfThisFunction())) {
    // The next sample is likely to be in none: a program full of handlers is asked as well.
    header.allocator_due_ticks.store(now + kTicks / kRetriesPerSecond, kRelaxed);
    return;
  }
  const uint64_t started_ns = MonotonicNanoseconds();
  const Figures figures = Ask();
  const uint64_t took_ns = MonotonicNanoseconds() - started_ns;
  header.allocator_in_use_bytes.store(figures.in_use_bytes, kRelaxed);
  header.allocator_held_bytes.store(figures.held_bytes, kRelaxed);
  header.allocator_mapped_bytes.store(figures.mapped_bytes, kRelaxed);
  header.allocator_took_ns.store(took_ns, kRelaxed);
  header.allocator_asked_ticks.store(now, std::memory_order_release);
  const uint64_t rest = kRest * took_ns / (1'000'000'000 / kTicks);
  if (rest > pause) header.allocator_due_ticks.store(now + rest, kRelaxed);
}

}  // namespace seep::probe
