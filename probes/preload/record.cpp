// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/record.h"

#include "probes/preload/allocator_stats.h"
#include "probes/preload/cold_section.h"
#include "probes/preload/cpu_budget.h"
#include "probes/preload/exact_table.h"
#include "probes/preload/process.h"
#include "probes/preload/stack_table.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

// The thread's generator, seeded at its first use.
uint64_t& Random() {
  static constinit std::atomic<uint64_t> threads;
  if (__builtin_expect(tls.random == 0, 0)) {
    const uint64_t seed = MixBits(ReadCycles() ^ reinterpret_cast<uint64_t>(&tls) ^
                                  threads.fetch_add(1, std::memory_order_relaxed) << 48);
    tls.random = seed != 0 ? seed : 1;
  }
  return tls.random;
}

// How much a thread of an inert process allocates before it asks again: rarely, but an attach may
// have come meanwhile.
constexpr int64_t kInertBytes = int64_t{1} << 30;

// A new interval at the ledger's present T.
void DrawNext(LedgerView view) {
  tls.interval_doublings = view.doublings();
  tls.has_interval = true;
  tls.bytes_until_sample = DrawInterval(Random(), view.IntervalBytes(tls.interval_doublings));
}

uint32_t FindCallingStack(LedgerView view, const unwind::Registers* caller) {
  CapturedStack stack;
  CaptureStack(view, OwnCode(), caller, &stack);
  return FindOrAddStack(view, stack);
}

[[gnu::noinline]] void RecordSample(LedgerView view, void* pointer, size_t size,
                                    const unwind::Registers* caller) {
  const uint64_t started = ReadCycles();
  LiveBlock stale;
  if (view.is_exact_asked() && TakeExact(view, nullptr, pointer, &stale)) {
    CountTaken(view, nullptr, stale);
  }
  const uint32_t stack_id = FindCallingStack(view, caller);
  const uint32_t now = Now(view);
  const LiveBlock block{size, ledger::PackLive(stack_id, tls.interval_doublings, now)};
  // Live first: a block without a place there would never be counted as freed.
  if (!InsertLive(view, pointer, block, Random())) return;
  CountAlloc(view, stack_id, EstimateOf(view, block));
  AccountSample(view, started, ReadCycles());
  AskAllocatorIfDue(view, now);
}

// False: the ledger is full, and exact mode has ended.
bool RecordExact(LedgerView view, void* pointer, size_t size, const unwind::Registers* caller) {
  ThreadShard* shard = ThreadShard::OfThisThread(view);
  const uint32_t now = Now(view);
  const uint32_t stack_id = shard != nullptr ? shard->FindCallingStack(view, caller, now)
                                             : FindCallingStack(view, caller);
  const LiveBlock block{size, ledger::PackLive(stack_id, 0, now)};
  if (!InsertExact(view, shard, pointer, block)) {
    EndExact(view, Random());
    return false;
  }
  if (shard != nullptr) {
    shard->CountAlloc(view, stack_id, size);
  } else {
    CountAlloc(view, stack_id, EstimateOf(view, block));
  }
  AskAllocatorIfDue(view, now);
  return true;
}

// nullptr when sampled. In a signal handler over the probe the thread's own lists are being changed
// beneath: the common ones will do.
ThreadShard* ShardOf(LedgerView view, const ColdSection& section) {
  const bool is_of_thread = view.is_exact_asked() && !section.is_reentrant();
  return is_of_thread ? ThreadShard::OfThisThread(view) : nullptr;
}

[[gnu::always_inline]] inline bool Take(LedgerView view, ThreadShard* shard, const void* pointer,
                                        LiveBlock* block) {
  if (view.is_exact_asked() && TakeExact(view, shard, pointer, block)) return true;
  return !view.is_exact() && TakeLive(view, pointer, block);
}

}  // namespace

void RecordAlloc(void* pointer, size_t size, const unwind::Registers* caller) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) {
    tls.bytes_until_sample = ledger.phase == Phase::kOpening ? 0 : kInertBytes;
    return;
  }
  if (section.is_reentrant()) {
    // The outer call is about to draw the next interval.
    ledger.view.CountLoss(ledger::kLossReentrant);
    return;
  }
  if (ledger.view.is_exact() &&
      (pointer == nullptr || RecordExact(ledger.view, pointer, size, caller))) {
    tls.bytes_until_sample = -1;
    tls.has_interval = false;
    return;
  }
  if (!tls.has_interval) {
    // The first interval of a thread is drawn like any other, and this block counts against it.
    DrawNext(ledger.view);
    if (!IsSampleDue(size)) return;
  }
  if (pointer != nullptr) RecordSample(ledger.view, pointer, size, caller);
  DrawNext(ledger.view);
}

void RecordFree(void* pointer) {
  const LedgerView view = OpenedLedger();
  if (view.base == nullptr) return;
  // Most of what the filter lets through are neighbours of a sampled block: out again at once.
  if (!view.is_exact_asked() && !IsLive(view, pointer)) return;
  ColdSection section;
  ThreadShard* shard = ShardOf(view, section);
  LiveBlock block;
  if (Take(view, shard, pointer, &block)) CountTaken(view, shard, block);
}

ReallocRecord::ReallocRecord(void* old_pointer) : old_pointer_(old_pointer) {
  view_ = OpenedLedger();
  if (view_.base == nullptr) return;
  ColdSection section;
  is_taken_ = Take(view_, ShardOf(view_, section), old_pointer, &block_);
}

void ReallocRecord::Succeeded() {
  ColdSection section;
  if (is_taken_) CountTaken(view_, ShardOf(view_, section), block_);
}

void ReallocRecord::Failed() {
  ColdSection section;
  if (!is_taken_) return;
  if (view_.is_exact()) {
    InsertExact(view_, ShardOf(view_, section), old_pointer_, block_);
  } else {
    InsertLive(view_, old_pointer_, block_, Random());
  }
}

}  // namespace seep::probe
