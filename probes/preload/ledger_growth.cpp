// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/ledger_growth.h"

#include "probes/preload/patience.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

using ledger::Section;
using ledger::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;

// An append-only section and the words that say how far it is.
struct Appended {
  const Section& section;
  Word& used;
  Word& ready;
  uint64_t step_bytes;
};

// `ready` entries lie in whole steps: one more step.
enum class Growth { kGrown, kNoRoom, kBusy };  // busy: another thread is growing the ledger
Growth Grow(LedgerView view, const Appended& appended) {
  const GrowthTurn turn(view);
  if (!turn.is_ours()) return Growth::kBusy;
  const Section& section = appended.section;
  const uint64_t step = appended.step_bytes;
  const uint64_t ready = appended.ready.load(kRelaxed);
  const uint64_t from = (ready * section.entry_bytes + step - 1) / step * step;
  const uint64_t whole =
      (section.capacity * section.entry_bytes + ledger::kPageBytes - 1) & ~(ledger::kPageBytes - 1);
  if (from >= whole) return Growth::kNoRoom;
  const uint64_t bytes = step < whole - from ? step : whole - from;
  if (!turn.Populate(section.offset + from, bytes)) return Growth::kNoRoom;
  const uint64_t entries = (from + bytes) / section.entry_bytes;
  // Pairs with the acquire loads in Take and in the reader.
  appended.ready.store(entries < section.capacity ? entries : section.capacity,
                       std::memory_order_release);
  return Growth::kGrown;
}

// A turn that did not end in time: its thread is gone (a vfork child that was killed). Nobody waits
// for it again.
constinit std::atomic<uint64_t> abandoned_turn{0};

bool Take(LedgerView view, const Appended& appended, uint64_t count, uint64_t* first) {
  // Half a step ahead of need, so that others rarely meet the end while one thread grows it.
  const uint64_t margin = appended.step_bytes / appended.section.entry_bytes / 2;
  for (;;) {
    uint64_t used = appended.used.load(kRelaxed);
    Growth growth = Growth::kGrown;
    if (used + count + margin > appended.ready.load(std::memory_order_acquire)) {
      growth = Grow(view, appended);
    }
    while (used + count <= appended.ready.load(std::memory_order_acquire)) {
      if (appended.used.compare_exchange_weak(used, used + count, kRelaxed)) {
        *first = used;
        return true;
      }
    }
    if (growth == Growth::kNoRoom || (growth == Growth::kBusy && !AwaitGrowth(view))) return false;
  }
}

bool MayPopulate(LedgerView view, uint64_t bytes) {
  ledger::Header& header = view.header();
  const uint64_t max_bytes = std::atomic_ref(header.max_bytes).load(kRelaxed);
  return header.populated_bytes.load(kRelaxed) + bytes <= max_bytes && MaySystemCall();
}

}  // namespace

bool AwaitGrowth(LedgerView view) {
  const uint64_t turn = view.header().is_growing.load(kRelaxed);
  if (turn != 0 && turn == abandoned_turn.load(kRelaxed)) return false;
  Patience patience;
  do {
    if (turn == 0 || view.header().is_growing.load(kRelaxed) != turn) return true;
  } while (patience.Wait());
  abandoned_turn.store(turn, kRelaxed);
  return false;
}

GrowthTurn::GrowthTurn(LedgerView view) : view_(view) {
  uint64_t nobody = 0;
  const uint64_t turn = __builtin_ia32_rdtsc() | 1;  // unlike any other
  is_ours_ = view.header().is_growing.load(kRelaxed) == 0 &&
             view.header().is_growing.compare_exchange_strong(nobody, turn);
}

GrowthTurn::~GrowthTurn() {
  if (is_ours_) view_.header().is_growing.store(0, std::memory_order_release);
}

bool GrowthTurn::Populate(uint64_t offset, uint64_t bytes) const {
  ledger::Header& header = view_.header();
  const uint64_t populated = header.populated_bytes.load(kRelaxed);
  if (!MayPopulate(view_, bytes)) return false;
  if (SysMadvise(view_.base + offset, bytes, MADV_POPULATE_WRITE) != 0) {
    std::atomic_ref(header.max_bytes).store(populated, kRelaxed);  // not tried again at each sample
    return false;
  }
  header.populated_bytes.store(populated + bytes, kRelaxed);
  return true;
}

bool GrowthTurn::PopulateIndex(const ledger::Section& index, uint64_t generation) const {
  return HasRoomForIndex(view_, index, generation) &&
         Populate(index.offset + ledger::IndexAt(generation) * sizeof(uint32_t),
                  ledger::IndexPlaces(generation) * sizeof(uint32_t));
}

bool HasRoomForIndex(LedgerView view, const ledger::Section& index, uint64_t generation) {
  const uint64_t places = ledger::IndexPlaces(generation);
  return ledger::IndexAt(generation) + places <= index.capacity &&
         MayPopulate(view, places * sizeof(uint32_t));
}

bool TakeModule(LedgerView view, uint64_t* id) {
  ledger::Header& header = view.header();
  return Take(view, {header.modules, header.modules_used, header.modules_ready, kModuleStepBytes},
              1, id);
}

bool TakeStack(LedgerView view, uint64_t* id) {
  ledger::Header& header = view.header();
  return Take(view, {header.stacks, header.stacks_used, header.stacks_ready, kStepBytes}, 1, id);
}

bool TakeFrames(LedgerView view, uint64_t count, uint64_t* first) {
  ledger::Header& header = view.header();
  return Take(view, {header.frames, header.frames_used, header.frames_ready, kStepBytes}, count,
              first);
}

bool TakeLiveEntries(LedgerView view, uint64_t count, uint64_t* first) {
  ledger::Header& header = view.header();
  return Take(view, {header.live, header.live_used, header.live_ready, kStepBytes}, count, first);
}

bool PopulateShard(LedgerView view, uint64_t shard) {
  ledger::Header& header = view.header();
  if (shard < header.shards_ready.load(std::memory_order_acquire)) return true;
  const GrowthTurn turn(view);
  if (!turn.is_ours()) return false;
  const uint64_t ready = header.shards_ready.load(kRelaxed);
  const uint64_t missing = shard + 1 - ready;
  if (shard < ready) return true;
  if (!turn.Populate(header.shards.offset + ready * sizeof(ledger::Shard),
                     missing * sizeof(ledger::Shard))) {
    return false;
  }
  header.shards_ready.store(shard + 1, std::memory_order_release);
  return true;
}

}  // namespace seep::probe
