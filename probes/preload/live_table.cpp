// SPDX-License-Identifier: Apache-2.0
// Protocol. An entry is owned by whoever moves its key word from a pointer to kLiveReserved by
// compare-and-swap; the owner accounts it, empties it and puts it on the free list. `meta` becomes
// kLiveDead when its weight has been accounted, so that a thinning pass that raises the weight
// (compare-and-swap on meta) and a free (exchange on meta) agree on which weight counts.
// A writer killed in between leaves a reserved entry: lost to a process that is dead anyway.
#include "probes/preload/live_table.h"

#include "probes/preload/exact_table.h"
#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_growth.h"
#include "probes/preload/live_index.h"
#include "probes/preload/patience.h"
#include "probes/preload/stack_table.h"

namespace seep::probe {
namespace {

using ledger::LiveEntry;
using ledger::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr uint64_t kFirstDoublingsAfterExact = 12;  // T = 4 KiB
constexpr uint64_t kMaxDoublings = 40;              // and those of a storm: below kLiveExact

// The free list: entry number + 1 in the low half, 0 for the end; the high half counts the changes,
// so that a head that was taken and put back meanwhile is not mistaken for the same. A free entry
// holds the next number in its size word.
constexpr int kCountBits = 32;
constexpr uint64_t kNumberMask = (uint64_t{1} << kCountBits) - 1;

uint64_t NextHead(uint64_t head, uint64_t number) {
  return ((head >> kCountBits) + 1) << kCountBits | number;
}

// Empties an entry that is ours and returns its block, accounted by the caller.
LiveBlock Vacate(LedgerView view, uint64_t id, uint64_t key) {
  LiveEntry& entry = view.live()[id];
  const uint64_t meta = entry.meta.exchange(ledger::kLiveDead, std::memory_order_acq_rel);
  const LiveBlock block{entry.size_bytes.load(kRelaxed), meta};
  LeaveEntry(view, key, id);
  // An entry of exact mode is in the shadow, not in the index, and is not counted.
  const bool is_in_shadow = view.is_exact_asked() && ForgetExact(key, id);
  if (!is_in_shadow) view.header().live_count.fetch_sub(1, kRelaxed);
  entry.key.store(ledger::kLiveEmpty, std::memory_order_release);
  PushFreeEntry(view, id);
  FilterRemove(reinterpret_cast<const void*>(key));
  return block;
}

void Adjust(LedgerView view, uint32_t stack_id, const Estimate& estimate, int64_t sign,
            int64_t samples) {
  ledger::StackSlot& slot = view.stacks()[stack_id];
  slot.adjust_bytes.fetch_add(sign * static_cast<int64_t>(estimate.bytes), kRelaxed);
  slot.adjust_objects_q16.fetch_add(sign * static_cast<int64_t>(estimate.objects_q16), kRelaxed);
  slot.adjust_samples.fetch_add(samples, kRelaxed);
}

// One entry, sampled with a smaller T than `doublings` gives: dropped by coin toss, or kept with
// the weight of the larger T. Thinned this way a Poisson sample stays one (docs/sampling.md). What
// is counted for certain (kLiveExact) is above every T and stays.
void ThinEntry(LedgerView view, uint64_t id, uint32_t doublings, uint64_t& random) {
  LiveEntry& entry = view.live()[id];
  const uint64_t key = entry.key.load(std::memory_order_acquire);
  if (key == ledger::kLiveEmpty || key == ledger::kLiveReserved) return;
  uint64_t meta = entry.meta.load(kRelaxed);
  const uint64_t size = entry.size_bytes.load(kRelaxed);
  if (meta == ledger::kLiveDead || ledger::LiveDoublings(meta) >= doublings) return;

  const double before = SampleProbability(size, view.IntervalBytes(ledger::LiveDoublings(meta)));
  const double after = SampleProbability(size, view.IntervalBytes(doublings));
  if (NextUniform(random) * before <= after) {
    const uint64_t raised =
        ledger::PackLive(ledger::LiveStack(meta), doublings, ledger::LiveBirthTicks(meta));
    if (entry.meta.compare_exchange_strong(meta, raised, std::memory_order_acq_rel)) {
      Adjust(view, ledger::LiveStack(meta), EstimateOf(view, {size, raised}), +1, 0);
      Adjust(view, ledger::LiveStack(meta), EstimateOf(view, {size, meta}), -1, 0);
    }
    return;
  }
  if (!Reserve(view, id, key)) return;  // freed meanwhile
  const LiveBlock dropped = Vacate(view, id, key);
  Adjust(view, ledger::LiveStack(dropped.meta), EstimateOf(view, dropped), -1, -1);
  view.header().thinned.fetch_add(1, kRelaxed);
}

// Doubles the sampling interval and thins the table to it, for a caller that found it full when
// `rounds` passes were over. One thread does; the others go on, and neither those that still find
// the table full meanwhile, nor those that found it so before, must double it again.
void Thin(LedgerView view, uint64_t rounds, uint64_t& random) {
  ledger::Header& header = view.header();
  uint64_t doublings = header.thin_doublings.load(kRelaxed);
  // The end of exact mode: below some KiB a doubling drops next to nothing.
  const uint64_t next = view.is_exact() ? kFirstDoublingsAfterExact : doublings + 1;
  if (header.thin_rounds.load(kRelaxed) != rounds || doublings != rounds ||
      doublings >= kMaxDoublings ||
      !header.thin_doublings.compare_exchange_strong(doublings, next)) {
    return;
  }
  const uint32_t level = view.doublings();
  const uint64_t used = header.live_used.load(std::memory_order_acquire);
  for (uint64_t id = 0; id < used; ++id) ThinEntry(view, id, level, random);
  header.thin_rounds.store(next, std::memory_order_release);
}

// A table of mappings alone cannot be thinned: doubling T would only end the sampling of blocks.
bool HasThinnable(LedgerView view) {
  const uint64_t used = view.header().live_used.load(std::memory_order_acquire);
  for (uint64_t id = 0; id < used; ++id) {
    const LiveEntry& entry = view.live()[id];
    const uint64_t key = entry.key.load(kRelaxed);
    if (key != ledger::kLiveEmpty && key != ledger::kLiveReserved &&
        ledger::LiveDoublings(entry.meta.load(kRelaxed)) != ledger::kLiveExact) {
      return true;
    }
  }
  return false;
}

// An entry of our own, still empty. Waits, not for long and never without end, for a pass of
// another thread: it may have lost its CPU.
bool TakeEntry(LedgerView view, uint64_t& random, uint64_t* id) {
  ledger::Header& header = view.header();
  for (Patience patience;;) {
    const uint64_t rounds = header.thin_rounds.load(std::memory_order_acquire);
    const bool has_room = MakeIndexRoom(view);
    if (has_room && (PopFreeEntry(view, id) || TakeLiveEntries(view, 1, id))) return true;
    if (!HasThinnable(view)) return false;
    Thin(view, rounds, random);
    const uint64_t doublings = header.thin_doublings.load(kRelaxed);
    if (doublings >= kMaxDoublings) return false;
    // A pass that is over and left us nothing, as others were faster: the next one is ours to
    // begin.
    if (header.thin_rounds.load(kRelaxed) != doublings && !patience.Wait()) break;
  }
  // Its thread is gone (a vfork child that was killed): the next one may begin a pass of its own.
  header.thin_rounds.store(header.thin_doublings.load(kRelaxed), std::memory_order_release);
  return false;
}

}  // namespace

bool Reserve(LedgerView view, uint64_t id, uint64_t key) {
  return view.live()[id].key.compare_exchange_strong(key, ledger::kLiveReserved);
}

void PushFreeEntry(LedgerView view, uint64_t id) {
  Word& list = view.header().live_free;
  uint64_t head = list.load(kRelaxed);
  do {
    view.live()[id].size_bytes.store(head & kNumberMask, kRelaxed);
  } while (!list.compare_exchange_weak(head, NextHead(head, id + 1), std::memory_order_acq_rel));
}

bool PopFreeEntry(LedgerView view, uint64_t* id) {
  Word& list = view.header().live_free;
  uint64_t head = list.load(std::memory_order_acquire);
  while ((head & kNumberMask) != 0) {
    *id = (head & kNumberMask) - 1;
    const uint64_t next = view.live()[*id].size_bytes.load(kRelaxed);
    if (list.compare_exchange_weak(head, NextHead(head, next & kNumberMask),
                                   std::memory_order_acq_rel)) {
      return true;
    }
  }
  return false;
}

Estimate EstimateOf(LedgerView view, const LiveBlock& block) {
  const uint32_t doublings = ledger::LiveDoublings(block.meta);
  return EstimateOf(block.size_bytes,
                    doublings == ledger::kLiveExact ? 1.0 : view.IntervalBytes(doublings));
}

bool InsertLive(LedgerView view, const void* pointer, const LiveBlock& block, uint64_t& random) {
  // A block whose free we did not see (freed by the allocator's own internal name): the address
  // is ours again, so it was freed.
  LiveBlock stale;
  if (MayBeSampled(pointer) && TakeLive(view, pointer, &stale)) {
    CountFree(view, ledger::LiveStack(stale.meta), EstimateOf(view, stale));
  }
  uint64_t id;
  if (!TakeEntry(view, random, &id)) {
    view.CountLoss(ledger::kLossLiveTable);
    return false;
  }
  const auto key = reinterpret_cast<uint64_t>(pointer);
  LiveEntry& entry = view.live()[id];
  entry.size_bytes.store(block.size_bytes, kRelaxed);
  entry.meta.store(block.meta, kRelaxed);
  FilterAdd(pointer);
  view.header().live_count.fetch_add(1, kRelaxed);
  // Pairs with the acquire loads in TakeLive, ThinEntry and the reader; before the index (see
  // there).
  entry.key.store(key);
  if (EnterEntry(view, key, id)) {
    // Thinning may have met the entry before the index had it, dropped it, and accounted that.
    if (entry.key.load() != key) LeaveEntry(view, key, id);
    return true;
  }
  if (!Reserve(view, id, key)) return true;
  Vacate(view, id, key);
  view.CountLoss(ledger::kLossLiveTable);
  return false;
}

void EndExact(LedgerView view, uint64_t& random) {
  Thin(view, 0, random);
}

bool IsLive(LedgerView view, const void* pointer) {
  return FindEntry(view, reinterpret_cast<uint64_t>(pointer)) != kNoEntry;
}

bool TakeLive(LedgerView view, const void* pointer, LiveBlock* block) {
  const auto key = reinterpret_cast<uint64_t>(pointer);
  if (key == ledger::kLiveEmpty) return false;  // free(nullptr) may meet a busy filter slot
  const uint64_t id = FindEntry(view, key);
  if (id == kNoEntry || !Reserve(view, id, key)) return false;
  *block = Vacate(view, id, key);
  return true;
}

}  // namespace seep::probe
