// SPDX-License-Identifier: Apache-2.0
// Protocol. An entry is owned by whoever moves its key word from a pointer to kLiveReserved by
// compare-and-swap; the owner accounts it, empties it and puts it on the free list. `meta` becomes
// kLiveDead when its weight has been accounted, so that a thinning pass that raises the weight
// (compare-and-swap on meta) and a free (exchange on meta) agree on which weight counts.
// A writer killed in between leaves a reserved entry: lost to a process that is dead anyway.
#include "probes/preload/live_table.h"

#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_growth.h"
#include "probes/preload/live_index.h"
#include "probes/preload/stack_table.h"

namespace seep::probe {
namespace {

using ledger::LiveEntry;
using ledger::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr uint64_t kMaxDoublings = 40;  // and those of a storm: below kLiveExact

// The free list: entry number + 1 in the low half, 0 for the end; the high half counts the changes,
// so that a head that was taken and put back meanwhile is not mistaken for the same. A free entry
// holds the next number in its size word.
constexpr int kCountBits = 32;
constexpr uint64_t kNumberMask = (uint64_t{1} << kCountBits) - 1;

uint64_t NextHead(uint64_t head, uint64_t number) {
  return ((head >> kCountBits) + 1) << kCountBits | number;
}

void PushFree(LedgerView view, uint64_t id) {
  Word& list = view.header().live_free;
  uint64_t head = list.load(kRelaxed);
  do {
    view.live()[id].size_bytes.store(head & kNumberMask, kRelaxed);
  } while (!list.compare_exchange_weak(head, NextHead(head, id + 1), std::memory_order_acq_rel));
}

bool PopFree(LedgerView view, uint64_t* id) {
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

// Makes an entry ours whose key says `key`; false: somebody else has.
bool Reserve(LedgerView view, uint64_t id, uint64_t key) {
  return view.live()[id].key.compare_exchange_strong(key, ledger::kLiveReserved);
}

// Empties an entry that is ours and returns its block, accounted by the caller.
LiveBlock Vacate(LedgerView view, uint64_t id, uint64_t key) {
  LiveEntry& entry = view.live()[id];
  const uint64_t meta = entry.meta.exchange(ledger::kLiveDead, std::memory_order_acq_rel);
  const LiveBlock block{entry.size_bytes.load(kRelaxed), meta};
  LeaveEntry(view, key, id);
  entry.key.store(ledger::kLiveEmpty, std::memory_order_release);
  PushFree(view, id);
  view.header().live_count.fetch_sub(1, kRelaxed);
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

// Doubles the sampling interval and thins the table to it. One thread does; the others go on, and
// those that find the table full before, or meanwhile, must not double it again. A pass is over
// when thin_rounds has caught up with thin_doublings; `doublings` is of a moment before the caller
// found the table full, at which no pass was under way.
void Thin(LedgerView view, uint64_t doublings, uint64_t& random) {
  ledger::Header& header = view.header();
  if (doublings >= kMaxDoublings ||
      !header.thin_doublings.compare_exchange_strong(doublings, doublings + 1, kRelaxed)) {
    return;
  }
  const uint32_t level = view.doublings();
  const uint64_t used = header.live_used.load(std::memory_order_acquire);
  for (uint64_t id = 0; id < used; ++id) ThinEntry(view, id, level, random);
  header.thin_rounds.store(doublings + 1, std::memory_order_release);
}

// An entry of our own, still empty.
bool TakeEntry(LedgerView view, uint64_t& random, uint64_t* id) {
  const uint64_t rounds = view.header().thin_rounds.load(std::memory_order_acquire);
  const uint64_t doublings = view.header().thin_doublings.load(std::memory_order_acquire);
  const bool has_room = MakeIndexRoom(view);
  if (has_room && (PopFree(view, id) || TakeLiveEntry(view, id))) return true;
  if (rounds == doublings) Thin(view, doublings, random);
  return PopFree(view, id);
}

}  // namespace

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
  if (EnterEntry(view, key, id)) return true;
  // Thinning may have met the entry meanwhile, dropped it, and accounted that.
  if (!Reserve(view, id, key)) return true;
  Vacate(view, id, key);
  view.CountLoss(ledger::kLossLiveTable);
  return false;
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
