// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/record.h"

#include <cerrno>

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
  const uint64_t cycles = __builtin_ia32_rdtsc();
  const uint64_t seed = MixBits(cycles ^ reinterpret_cast<uint64_t>(&tls) ^
                                threads.fetch_add(1, std::memory_order_relaxed) << 48);
  return seed != 0 ? seed : 1;
}

// How much a thread of an inert process allocates before it asks again: rarely, but an attach may
// have come meanwhile.
constexpr int64_t kInertBytes = int64_t{1} << 30;

// A new interval at the ledger's present T.
void DrawNext(LedgerView view) {
  tls.interval_doublings = view.doublings();
  tls.bytes_until_sample = DrawInterval(tls.random, view.IntervalBytes(tls.interval_doublings));
}

void RecordSample(LedgerView view, void* pointer, size_t size) {
  CapturedStack stack;
  CaptureStack(view, OwnCode(), &stack);
  const uint32_t stack_id = FindOrAddStack(view, stack);
  const uint32_t birth = BirthTicks(view);
  const LiveBlock block{size, ledger::PackLive(stack_id, tls.interval_doublings, birth)};
  // Live first: a block without a place there would never be counted as freed.
  if (!InsertLive(view, pointer, block, tls.random)) return;
  CountAlloc(view, stack_id, EstimateOf(view, block));
  view.header().last_sample_ticks.store(birth, std::memory_order_relaxed);
}

}  // namespace

void RecordAlloc(void* pointer, size_t size) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  switch (ledger.access) {
    case Access::kWritable:
      break;
    case Access::kForeign:  // our thread state is the parent's too: a fresh draw is unbiased
      DrawNext(ledger.view);
      return;
    case Access::kOpening:
      tls.bytes_until_sample = 0;
      return;
    case Access::kNone:
      tls.bytes_until_sample = kInertBytes;
      return;
  }
  if (section.is_reentrant()) {
    // The outer call is about to draw the next interval.
    ledger.view.CountLoss(ledger::kLossReentrant);
    return;
  }
  if (tls.random == 0) {
    // The first interval of a thread is drawn like any other, and this block counts against it.
    tls.random = SeedOf();
    DrawNext(ledger.view);
    if (!IsSampleDue(size)) return;
  }
  if (pointer != nullptr) RecordSample(ledger.view, pointer, size);
  DrawNext(ledger.view);
}

void RecordFree(void* pointer) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  LiveBlock block;
  if (ledger.is_writable() && TakeLive(ledger.view, pointer, &block)) {
    CountFree(ledger.view, ledger::LiveStack(block.meta), EstimateOf(ledger.view, block));
  }
}

ReallocRecord::ReallocRecord(void* old_pointer) : old_pointer_(old_pointer) {
  ColdSection section;
  const LedgerAccess ledger = AcquireLedger();
  if (!ledger.is_writable()) return;
  view_ = ledger.view;
  is_taken_ = TakeLive(view_, old_pointer, &block_);
}

void ReallocRecord::Succeeded() {
  ColdSection section;
  if (is_taken_) CountFree(view_, ledger::LiveStack(block_.meta), EstimateOf(view_, block_));
}

void ReallocRecord::Failed() {
  ColdSection section;
  if (is_taken_) InsertLive(view_, old_pointer_, block_, tls.random);
}

}  // namespace seep::probe
