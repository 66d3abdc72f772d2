// SPDX-License-Identifier: Apache-2.0
// Protocol. A place is owned by whoever moves its key away from a pointer or from kLiveEmpty by
// compare-and-swap to kLiveReserved; the owner writes the entry and stores the next key. `meta`
// becomes kLiveDead when its weight has been accounted, so that a thinning pass that raises the
// weight (compare-and-swap on meta) and a free (exchange on meta) agree on which weight counts.
// A writer killed in between leaves a reserved place: lost to a process that is dead anyway.
#include "probes/preload/live_table.h"

#include "probes/preload/free_filter.h"
#include "probes/preload/stack_table.h"

namespace seep::probe {
namespace {

using ledger::LiveEntry;
using ledger::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr uint64_t kMask = ledger::kLiveCapacity - 1;
static_assert((ledger::kLiveCapacity & kMask) == 0);
constexpr uint64_t kMaxDoublings = 40;

uint64_t KeyOf(const void* pointer) {
  return reinterpret_cast<uint64_t>(pointer);
}
uint64_t HomeOf(uint64_t key) {
  return HashPointer(key) >> 32;
}

// Takes an owned place back to empty and returns its block, accounted by the caller.
LiveBlock Vacate(LedgerView view, uint64_t place, const void* pointer) {
  LiveEntry& entry = view.live_entries()[place];
  const uint64_t meta = entry.meta.exchange(ledger::kLiveDead, std::memory_order_acq_rel);
  const LiveBlock block{entry.size_bytes.load(kRelaxed), meta};
  view.live_keys()[place].store(ledger::kLiveEmpty, std::memory_order_release);
  view.header().live_count.fetch_sub(1, kRelaxed);
  FilterRemove(pointer);
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
// the weight of the larger T. Thinned this way a Poisson sample stays one (docs/sampling.md).
void ThinEntry(LedgerView view, uint64_t place, uint32_t doublings, uint64_t& random) {
  Word& key_word = view.live_keys()[place];
  LiveEntry& entry = view.live_entries()[place];
  uint64_t key = key_word.load(std::memory_order_acquire);
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
  if (!key_word.compare_exchange_strong(key, ledger::kLiveReserved, std::memory_order_acq_rel)) {
    return;  // freed meanwhile
  }
  const LiveBlock dropped = Vacate(view, place, reinterpret_cast<const void*>(key));
  Adjust(view, ledger::LiveStack(dropped.meta), EstimateOf(view, dropped), -1, -1);
  view.header().thinned.fetch_add(1, kRelaxed);
}

// Doubles the sampling interval and thins the table to it. One thread does; the others go on, and
// those that still find the table full meanwhile must not double it again: a pass is over when
// thin_rounds has caught up with interval_doublings, and only then does live_count say anything.
void ThinWhenFull(LedgerView view, uint64_t& random) {
  ledger::Header& header = view.header();
  if (header.live_count.load(kRelaxed) < kLiveMaximum) return;
  const uint64_t rounds = header.thin_rounds.load(std::memory_order_acquire);
  uint64_t doublings = header.interval_doublings.load(kRelaxed);
  if (rounds != doublings || doublings >= kMaxDoublings ||
      header.live_count.load(kRelaxed) < kLiveMaximum ||
      !header.interval_doublings.compare_exchange_strong(doublings, doublings + 1, kRelaxed)) {
    return;
  }
  for (uint64_t place = 0; place < ledger::kLiveCapacity; ++place) {
    ThinEntry(view, place, static_cast<uint32_t>(doublings + 1), random);
  }
  header.thin_rounds.store(doublings + 1, std::memory_order_release);
}

}  // namespace

Estimate EstimateOf(LedgerView view, const LiveBlock& block) {
  return EstimateOf(block.size_bytes, view.IntervalBytes(ledger::LiveDoublings(block.meta)));
}

bool InsertLive(LedgerView view, const void* pointer, const LiveBlock& block, uint64_t& random) {
  // A block whose free we did not see (freed by the allocator's own internal name): the address
  // is ours again, so it was freed.
  LiveBlock stale;
  if (MayBeSampled(pointer) && TakeLive(view, pointer, &stale)) {
    CountFree(view, ledger::LiveStack(stale.meta), EstimateOf(view, stale));
  }
  ThinWhenFull(view, random);

  const uint64_t key = KeyOf(pointer);
  Word* keys = view.live_keys();
  for (uint32_t step = 0; step < kLiveWindow; ++step) {
    const uint64_t place = (HomeOf(key) + step) & kMask;
    uint64_t expected = ledger::kLiveEmpty;
    if (keys[place].load(kRelaxed) != ledger::kLiveEmpty ||
        !keys[place].compare_exchange_strong(expected, ledger::kLiveReserved,
                                             std::memory_order_acq_rel)) {
      continue;
    }
    LiveEntry& entry = view.live_entries()[place];
    entry.size_bytes.store(block.size_bytes, kRelaxed);
    entry.meta.store(block.meta, kRelaxed);
    FilterAdd(pointer);
    // Pairs with the acquire loads in TakeLive, ThinEntry and the reader.
    keys[place].store(key, std::memory_order_release);
    view.header().live_count.fetch_add(1, kRelaxed);
    return true;
  }
  view.CountLoss(ledger::kLossLiveTable);
  return false;
}

bool TakeLive(LedgerView view, const void* pointer, LiveBlock* block) {
  const uint64_t key = KeyOf(pointer);
  if (key == ledger::kLiveEmpty) return false;  // free(nullptr) may meet a busy filter slot
  Word* keys = view.live_keys();
  for (uint32_t step = 0; step < kLiveWindow; ++step) {
    const uint64_t place = (HomeOf(key) + step) & kMask;
    uint64_t expected = key;
    if (keys[place].load(kRelaxed) == key &&
        keys[place].compare_exchange_strong(expected, ledger::kLiveReserved,
                                            std::memory_order_acq_rel)) {
      *block = Vacate(view, place, pointer);
      return true;
    }
  }
  return false;
}

}  // namespace seep::probe
