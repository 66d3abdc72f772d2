// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/cpu_budget.h"

#include "tests/probes/preload/scratch_ledger.h"

using namespace seep::probe;

namespace {

constexpr uint64_t kSecond = uint64_t{1} << 31;  // a window, in cycles

// Samples of `cost` cycles, one every `period`, for `windows` windows; the time when they end.
uint64_t Sample(LedgerView view, uint64_t now, uint64_t cost, uint64_t period, uint64_t windows) {
  const uint64_t end = now + windows * kSecond;
  for (; now < end; now += period) AccountSample(view, now - cost, now);
  return now;
}

// The budget is the process's: begins a window of its own, with nothing spent.
uint64_t BeginWindow(LedgerView view) {
  static uint64_t now = kSecond;
  now += 100 * kSecond;
  AccountSample(view, now, now);
  view.header().storm_doublings.store(0);
  return now;
}

}  // namespace

TEST_CASE("a storm raises T until sampling fits the budget, and calm brings it back") {
  ScratchLedger scratch;
  SetCpuBudget(1);
  uint64_t now = BeginWindow(scratch.view);
  // 6 % of a CPU: an eighth of it fits, as long as the rate follows T.
  for (int i = 0; i < 20; ++i) {
    const uint64_t doublings = scratch.view.header().storm_doublings.load();
    now = Sample(scratch.view, now, 600, uint64_t{10'000} << doublings, 1);
  }
  CHECK(scratch.view.header().storm_doublings.load() == 3);
  CHECK(scratch.view.doublings() == 3);
  for (int i = 0; i < 20; ++i) now = Sample(scratch.view, now, 800, 10'000'000, 1);
  CHECK(scratch.view.header().storm_doublings.load() == 0);
}

TEST_CASE("what fits the budget, also a short burst, leaves T alone") {
  ScratchLedger scratch;
  SetCpuBudget(1);
  uint64_t now = BeginWindow(scratch.view);
  now = Sample(scratch.view, now, 800, 100'000, 5);  // 0.8 %
  CHECK(scratch.view.doublings() == 0);
  now = BeginWindow(scratch.view);
  for (int i = 0; i < 10'000; ++i) AccountSample(scratch.view, now, now + 800), now += 1600;
  CHECK(scratch.view.doublings() == 0);
}

TEST_CASE("no budget and exact mode leave T alone") {
  ScratchLedger scratch;
  SetCpuBudget(0);
  Sample(scratch.view, BeginWindow(scratch.view), 5'000, 10'000, 3);
  CHECK(scratch.view.doublings() == 0);
  ScratchLedger exact(1);
  SetCpuBudget(1);
  Sample(exact.view, BeginWindow(exact.view), 5'000, 10'000, 3);
  CHECK(exact.view.doublings() == 0);
}
