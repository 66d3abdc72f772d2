// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/record.h"

#include <cerrno>

#include "probes/preload/cpu_budget.h"
#include "probes/preload/exact_table.h"
#include "probes/preload/process.h"
#include "probes/preload/stack_table.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

// Keeps errno and marks the thread busy: what the unwinder might allocate is not sampled.
class ColdSection {
 public:
  ColdSection() : errno_(errno), was_busy_(tls.is_busy) { tls.is_busy = true; }
  ~ColdSection() {
    tls.is_busy = was_busy_;
    errno = errno_;
  }
  ColdSection(const ColdSection&) = delete;
  ColdSection& operator=(const ColdSection&) = delete;
  bool is_reentrant() const { return was_busy_; }

 private:
  int errno_;
  bool was_busy_;
};

uint64_t SeedOf() {
  static constinit std::atomic<uint64_t> threads;
  const uint64_t seed = MixBits(ReadCycles() ^ reinterpret_cast<uint64_t>(&tls) ^
                                threads.fetch_add(1, std::memory_order_relaxed) << 48);
  return seed != 0 ? seed : 1;
}

// A new interval at the ledger's present T.
void DrawNext(LedgerView view) {
  tls.interval_doublings = view.doublings();
  tls.bytes_until_sample = DrawInterval(tls.random, view.IntervalBytes(tls.interval_doublings));
}

// Left in the ledger too: the process lived until then at least. Written when it changes, which is
// rare beside the samples of many threads.
uint32_t Now(LedgerView view) {
  const uint32_t now = BirthTicks(view);
  ledger::Word& newest = view.header().last_sample_ticks;
  if (newest.load(std::memory_order_relaxed) != now) newest.store(now, std::memory_order_relaxed);
  return now;
}

void RecordSample(LedgerView view, void* pointer, size_t size, const unwind::Registers* caller) {
  const uint64_t started = ReadCycles();
  CapturedStack stack;
  CaptureStack(view, OwnCode(), caller, &stack);
  const uint32_t stack_id = FindOrAddStack(view, stack);
  const LiveBlock block{size, ledger::PackLive(stack_id, tls.interval_doublings, BirthTicks(view))};
  // Live first: a block without a place there would never be counted as freed.
  if (!InsertLive(view, pointer, block, tls.random)) return;
  CountAlloc(view, stack_id, EstimateOf(view, block));
  AccountSample(view, started, ReadCycles());
}

void CountExactFree(LedgerView view, ThreadShard* shard, const LiveBlock& block) {
  const uint32_t stack_id = ledger::LiveStack(block.meta);
  if (shard != nullptr) {
    shard->CountFree(view, stack_id, block.size_bytes);
  } else {
    CountFree(view, stack_id, EstimateOf(view, block));
  }
}

void RecordExact(LedgerView view, void* pointer, size_t size, const unwind::Registers* caller) {
  CapturedStack stack;
  CaptureStack(view, OwnCode(), caller, &stack);
  ThreadShard* shard = ThreadShard::OfThisThread(view);
  LiveBlock stale;  // a block whose free we did not see: its address is in use again
  if (TakeExact(view, shard, pointer, &stale)) CountExactFree(view, shard, stale);
  const uint32_t stack_id =
      shard != nullptr ? shard->FindStack(view, stack) : FindOrAddStack(view, stack);
  const LiveBlock block{size, ledger::PackLive(stack_id, 0, Now(view))};
  if (!InsertExact(view, shard, pointer, block)) return;
  if (shard != nullptr) {
    shard->CountAlloc(view, stack_id, size);
  } else {
    CountAlloc(view, stack_id, EstimateOf(view, block));
  }
}

// In a signal handler over the probe the thread's own lists are being changed beneath: the common
// ones will do.
ThreadShard* ShardOf(LedgerView view, const ColdSection& section) {
  return section.is_reentrant() ? nullptr : ThreadShard::OfThisThread(view);
}

bool Take(LedgerView view, const ColdSection& section, const void* pointer, LiveBlock* block) {
  return view.is_exact() ? TakeExact(view, ShardOf(view, section), pointer, block)
                         : TakeLive(view, pointer, block);
}

void CountTaken(LedgerView view, const ColdSection& section, const LiveBlock& block) {
  if (view.is_exact()) {
    CountExactFree(view, ShardOf(view, section), block);
  } else {
    CountFree(view, ledger::LiveStack(block.meta), EstimateOf(view, block));
  }
}

}  // namespace

void RecordAlloc(void* pointer, size_t size, const unwind::Registers* caller) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  switch (ledger.access) {
    case Access::kWritable:
      break;
    case Access::kOpening:
      tls.bytes_until_sample = 0;
      return;
    case Access::kNone:
      tls.bytes_until_sample = INT64_MAX / 2;
      return;
  }
  if (section.is_reentrant()) {
    // The outer call is about to draw the next interval.
    ledger.view.CountLoss(ledger::kLossReentrant);
    return;
  }
  if (ledger.view.is_exact()) {
    if (pointer != nullptr) RecordExact(ledger.view, pointer, size, caller);
    tls.bytes_until_sample = -1;
    return;
  }
  if (tls.random == 0) {
    // The first interval of a thread is drawn like any other, and this block counts against it.
    tls.random = SeedOf();
    DrawNext(ledger.view);
    if (!IsSampleDue(size)) return;
  }
  if (pointer != nullptr) RecordSample(ledger.view, pointer, size, caller);
  DrawNext(ledger.view);
}

void RecordFree(void* pointer) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  LiveBlock block;
  if (Take(ledger.view, section, pointer, &block)) CountTaken(ledger.view, section, block);
}

ReallocRecord::ReallocRecord(void* old_pointer) : old_pointer_(old_pointer) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  view_ = ledger.view;
  is_taken_ = Take(view_, section, old_pointer, &block_);
}

void ReallocRecord::Succeeded() {
  ColdSection section;
  if (is_taken_) CountTaken(view_, section, block_);
}

void ReallocRecord::Failed() {
  ColdSection section;
  if (!is_taken_) return;
  if (view_.is_exact()) {
    InsertExact(view_, ShardOf(view_, section), old_pointer_, block_);
  } else {
    InsertLive(view_, old_pointer_, block_, tls.random);
  }
}

}  // namespace seep::probe
