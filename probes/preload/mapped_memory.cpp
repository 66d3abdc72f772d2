// SPDX-License-Identifier: Apache-2.0
// One thread at a time has the turn to change the table. Nobody waits for it for long: a mapping
// that does not get it is counted as a loss; an unmapping is left to whoever has the turn next, in
// a few places that are lock-free, because one that is forgotten would look like a leak.
#include "probes/preload/mapped_memory.h"

#include <atomic>
#include <initializer_list>

#include "probes/preload/cold_section.h"
#include "probes/preload/live_table.h"
#include "probes/preload/process.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/stack_table.h"
#include "probes/preload/syscalls.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// An unmapping that found the turn taken. Whoever moves `state` away from kReady applies it.
struct Postponed {
  enum State : uint32_t { kFree, kBeingFilled, kReady };
  std::atomic<State> state{kFree};
  Region range{};
};

// On pages of its own, wiped in a fork child: as the ledger, it knows nothing of its parent.
struct alignas(4096) State {
  std::atomic<uint32_t> is_taken{0};
  std::atomic<uint32_t> regions{0};
  std::atomic<uint32_t> postponed{0};
  Postponed places[32] = {};
  MappingTable table{};
};
constinit State state{};

void* KeyOf(uint64_t start) {
  return reinterpret_cast<void*>(start | ledger::kMappingKey);
}

uint64_t BytesOf(const Region& region) {
  return region.end - region.start;
}

}  // namespace

// Holds the turn while it lives, if it got it.
class MappedMemory {
 public:
  // Over the probe itself (a signal handler) the turn may be held by this very thread.
  MappedMemory(LedgerView view, bool is_reentrant) : view_(view) {
    constexpr int kTries = 1000;  // about a millisecond: the holder may have lost its CPU
    for (int i = 0; i < (is_reentrant ? 1 : kTries); ++i) {
      uint32_t nobody = 0;
      is_ours_ = state.is_taken.load(kRelaxed) == 0 &&
                 state.is_taken.compare_exchange_strong(nobody, 1, std::memory_order_acquire);
      if (is_ours_) break;
      WaitABit(i);
    }
    if (is_ours_ && state.postponed.load(std::memory_order_acquire) != 0) ApplyPostponed();
  }
  ~MappedMemory() {
    if (is_ours_) state.is_taken.store(0, std::memory_order_release);
  }
  MappedMemory(const MappedMemory&) = delete;
  MappedMemory& operator=(const MappedMemory&) = delete;
  bool is_ours() const { return is_ours_; }

  void Add(const Region& region, uint64_t meta) {
    Take(region, nullptr);
    if (Insert(region, meta)) CountMapped(view_, ledger::LiveStack(meta), BytesOf(region), 1);
  }

  // Takes `range` off what is known; of a region that reaches beyond it the rest stays, with its
  // stack and its birth.
  void Take(const Region& range, UnmapRecord* record) {
    Region whole;
    while (state.table.TakeOverlapping(range, &whole)) {
      state.regions.fetch_sub(1, kRelaxed);
      LiveBlock block;
      if (!TakeLive(view_, KeyOf(whole.start), &block)) continue;
      const Region gone{range.start > whole.start ? range.start : whole.start,
                        range.end < whole.end ? range.end : whole.end};
      uint64_t mappings = 1;
      uint64_t bytes = BytesOf(whole);
      for (const Region& rest : {Region{whole.start, gone.start}, Region{gone.end, whole.end}}) {
        if (rest.start == rest.end || !Insert(rest, block.meta)) continue;
        bytes -= BytesOf(rest);
        // A hole makes two of one.
        if (mappings == 0) CountMapped(view_, ledger::LiveStack(block.meta), 0, 1);
        mappings = 0;
      }
      CountUnmapped(view_, ledger::LiveStack(block.meta), bytes, mappings);
      if (record != nullptr) record->Add(gone, block.meta);
    }
  }

  // For who did not get the turn. Before the range is unmapped: it is applied before anything that
  // is mapped there later.
  static void Postpone(LedgerView view, const Region& range) {
    for (Postponed& place : state.places) {
      auto expected = Postponed::kFree;
      if (!place.state.compare_exchange_strong(expected, Postponed::kBeingFilled)) continue;
      place.range = range;
      place.state.store(Postponed::kReady, std::memory_order_release);
      state.postponed.fetch_add(1, std::memory_order_release);
      return;
    }
    view.CountLoss(ledger::kLossMapping);
  }

 private:
  static void WaitABit(int tries) {
    if (tries % 16 == 15 && MaySystemCall()) {
      SysYield();
    } else {
      for (int i = 0; i < 16; ++i) __builtin_ia32_pause();
    }
  }

  void ApplyPostponed() {
    for (Postponed& place : state.places) {
      if (place.state.load(std::memory_order_acquire) != Postponed::kReady) continue;
      const Region range = place.range;
      place.state.store(Postponed::kFree, std::memory_order_release);
      state.postponed.fetch_sub(1, kRelaxed);
      Take(range, nullptr);
    }
  }

  bool Insert(const Region& region, uint64_t meta) {
    uint64_t random = MixBits(region.start) | 1;  // of a pass of thinning, should this start one
    if (!InsertLive(view_, KeyOf(region.start), {BytesOf(region), meta}, random)) return false;
    if (state.table.Insert(region)) {
      state.regions.fetch_add(1, kRelaxed);
      return true;
    }
    LiveBlock without_place;
    TakeLive(view_, KeyOf(region.start), &without_place);
    view_.CountLoss(ledger::kLossMapping);
    return false;
  }

  LedgerView view_;
  bool is_ours_ = false;
};

bool HasMappedMemory() {
  return state.regions.load(kRelaxed) != 0;
}

void RecordMapped(const Region& region) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  if (section.is_reentrant()) {
    ledger.view.CountLoss(ledger::kLossMapping);
    return;
  }
  CapturedStack stack;
  CaptureStack(ledger.view, OwnCode(), nullptr, &stack);
  stack.is_mapping = true;
  const uint32_t stack_id = FindOrAddStack(ledger.view, stack);
  // The overflow stack is the heap's, and estimated.
  if (stack_id == ledger::kOverflowStack) return;
  const uint64_t meta = ledger::PackLive(stack_id, ledger::kLiveExact, Now(ledger.view));
  MappedMemory memory(ledger.view, section.is_reentrant());
  if (memory.is_ours()) {
    memory.Add(region, meta);
  } else {
    ledger.view.CountLoss(ledger::kLossMapping);
  }
}

UnmapRecord::UnmapRecord(const Region& range) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  MappedMemory memory(ledger.view, section.is_reentrant());
  if (memory.is_ours()) {
    memory.Take(range, this);
  } else {
    MappedMemory::Postpone(ledger.view, range);
  }
}

void UnmapRecord::Add(const Region& region, uint64_t meta) {
  if (count_ < kMost) taken_[count_] = {region, meta};
  ++count_;
}

void UnmapRecord::PutBack() {
  if (count_ == 0) return;
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  MappedMemory memory(ledger.view, section.is_reentrant());
  for (uint32_t i = 0; i < count_; ++i) {
    if (i < kMost && memory.is_ours()) {
      memory.Add(taken_[i].region, taken_[i].meta);
    } else {
      ledger.view.CountLoss(ledger::kLossMapping);
    }
  }
}

bool WipeMappedMemoryOnFork() {
  return SysMadvise(&state, sizeof(state), MADV_WIPEONFORK) == 0;
}

}  // namespace seep::probe
