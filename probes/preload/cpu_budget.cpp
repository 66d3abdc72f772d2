// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/cpu_budget.h"

namespace seep::probe {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// About a second. A burst that stays within the budget of a whole window is no storm: what a
// program allocates at its start keeps its precision.
constexpr uint64_t kWindowCycles = uint64_t{1} << 31;
// A sample that took longer was preempted, or read unwind data for the first time.
constexpr uint64_t kLongestCycles = uint64_t{1} << 16;
constexpr uint64_t kMaxStormDoublings = 12;
// T falls again below this part of the budget: half of T costs twice, and must fit well.
constexpr uint64_t kCalmShare = 4;

alignas(64) constinit std::atomic<uint64_t> window_started{0};
constinit std::atomic<uint64_t> spent_cycles{0};
constinit std::atomic<uint32_t> budget_percent{kDefaultCpuPercent};

}  // namespace

void SetCpuBudget(uint32_t percent) {
  budget_percent.store(percent, kRelaxed);
}

void AccountSample(LedgerView view, uint64_t started_cycles, uint64_t now_cycles) {
  const uint64_t percent = budget_percent.load(kRelaxed);
  ledger::Header& header = view.header();
  if (percent == 0 || header.base_interval_bytes <= 1) return;
  const uint64_t cycles = now_cycles - started_cycles;
  const uint64_t taken = cycles < kLongestCycles ? cycles : kLongestCycles;
  const uint64_t so_far = spent_cycles.fetch_add(taken, kRelaxed) + taken;

  uint64_t window = window_started.load(kRelaxed);
  const uint64_t elapsed = now_cycles - window;
  const bool is_over = elapsed >= kWindowCycles || so_far >= kWindowCycles / 100 * percent;
  if (!is_over || !window_started.compare_exchange_strong(window, now_cycles)) return;
  const uint64_t spent = spent_cycles.exchange(0, kRelaxed);
  const uint64_t allowed = elapsed / 100 * percent;
  const uint64_t storm = header.storm_doublings.load(kRelaxed);
  uint64_t wanted = storm;
  if (spent > allowed) {
    for (uint64_t cost = spent; cost > allowed && wanted < kMaxStormDoublings; cost /= 2) ++wanted;
  } else if (storm != 0 && spent * kCalmShare < allowed) {
    --wanted;
  }
  // One thread a window: no other writer.
  if (wanted != storm) header.storm_doublings.store(wanted, kRelaxed);
}

}  // namespace seep::probe
