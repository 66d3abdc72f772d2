// SPDX-License-Identifier: Apache-2.0
// Are the estimates unbiased, for blocks of every size, through thinning and changes of T? The
// probe's own sampler and tables, without the unwinder, on a made-up program with known truth:
//
//   seep_bench_estimates SEEDS      one line a size: mean of estimate / truth - 1 and its error
//
// Of each size the program allocates the same bytes in random order and frees half of the blocks.
// The ledger has room for so few entries that it is thinned, and a "storm" raises T for a third of
// the time.
#include <fmt/format.h>
#include <sys/mman.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "probes/preload/free_filter.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/live_table.h"
#include "probes/preload/sampling.h"
#include "probes/preload/stack_table.h"

namespace {

using namespace seep;
using namespace seep::probe;

constexpr uint64_t kSizes[] = {8, 40, 200, 1000, 8 << 10, 64 << 10, 512 << 10, 8 << 20};
constexpr size_t kSizeCount = std::size(kSizes);
constexpr uint64_t kBytesOfEach = 4 << 20;  // at least one block
constexpr uint64_t kIntervalBytes = 1024;
constexpr uint64_t kRoomBytes = 16 << 10;  // of the ledger, beyond what it begins with
constexpr uint64_t kStormDoublings = 2;

// Sum and sum of squares of one figure over the seeds.
struct Figure {
  double sum = 0;
  double squares = 0;
  uint64_t count = 0;

  void Add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return sum / static_cast<double>(count); }
  double standard_error() const {
    const double n = static_cast<double>(count);
    return std::sqrt(std::max(0.0, squares / n - mean() * mean()) / n);
  }
};

struct Outcome {
  Figure live;       // from the entries of the live table
  Figure counted;    // from the counters: alloc - free + adjust
  Figure allocated;  // cumulative
};

class Simulation {
 public:
  Simulation(LedgerView view, uint64_t seed) : view_(view), random_(MixBits(seed + 1) | 1) {
    for (size_t i = 0; i < kSizeCount; ++i) {
      CapturedStack stack;
      stack.count = 1;
      stack.frames[0] = kSizes[i];
      stacks_[i] = FindOrAddStack(view_, stack);
    }
    Draw();
  }

  void Run() {
    // Blocks of all sizes in random order: each step picks a size by what is still to come of it.
    uint64_t left[kSizeCount];
    uint64_t steps = 0;
    for (size_t i = 0; i < kSizeCount; ++i) {
      left[i] = std::max<uint64_t>(kBytesOfEach / kSizes[i], 1);
      steps += left[i];
    }
    for (uint64_t step = 0; step < steps; ++step) {
      if (step == steps / 3) view_.header().storm_doublings.store(kStormDoublings);
      if (step == steps * 2 / 3) view_.header().storm_doublings.store(0);
      uint64_t pick = NextRandom(random_) % (steps - step);
      size_t size = 0;
      while (pick >= left[size]) pick -= left[size++];
      --left[size];
      Allocate(size);
      if (NextRandom(random_) % 2 == 0) FreeAny();
    }
  }

  void Report(Outcome (&outcomes)[kSizeCount]) const {
    double live[kSizeCount] = {};
    for (uint64_t id = 0; id < view_.header().live_used.load(); ++id) {
      const ledger::LiveEntry& entry = view_.live()[id];
      if (entry.key.load() <= ledger::kLiveReserved) continue;
      const LiveBlock block{entry.size_bytes.load(), entry.meta.load()};
      for (size_t i = 0; i < kSizeCount; ++i) {
        if (stacks_[i] != ledger::LiveStack(block.meta)) continue;
        live[i] += static_cast<double>(EstimateOf(view_, block).bytes);
      }
    }
    for (size_t i = 0; i < kSizeCount; ++i) {
      const ledger::StackSlot& slot = view_.stacks()[stacks_[i]];
      const auto allocated = static_cast<double>(slot.alloc_bytes.load());
      const double counted = allocated - static_cast<double>(slot.free_bytes.load()) +
                             static_cast<double>(slot.adjust_bytes.load());
      outcomes[i].allocated.Add(allocated / static_cast<double>(allocated_[i]) - 1);
      if (live_[i] == 0) continue;
      outcomes[i].live.Add(live[i] / static_cast<double>(live_[i]) - 1);
      outcomes[i].counted.Add(counted / static_cast<double>(live_[i]) - 1);
    }
  }

 private:
  struct Block {
    size_t size;
    uint64_t address;
  };

  void Draw() {
    doublings_ = view_.doublings();
    until_sample_ = DrawInterval(random_, view_.IntervalBytes(doublings_));
  }

  void Allocate(size_t size) {
    const Block block{size, address_};
    address_ += (kSizes[size] + 31) & ~uint64_t{15};
    blocks_.push_back(block);
    allocated_[size] += kSizes[size];
    live_[size] += kSizes[size];
    until_sample_ -= static_cast<int64_t>(kSizes[size]);
    if (until_sample_ >= 0) return;
    const LiveBlock sample{kSizes[size], ledger::PackLive(stacks_[size], doublings_, 0)};
    if (InsertLive(view_, reinterpret_cast<void*>(block.address), sample, random_)) {
      CountAlloc(view_, stacks_[size], EstimateOf(view_, sample));
    }
    Draw();
  }

  void FreeAny() {
    const size_t at = NextRandom(random_) % blocks_.size();
    const Block block = blocks_[at];
    blocks_[at] = blocks_.back();
    blocks_.pop_back();
    live_[block.size] -= kSizes[block.size];
    const auto* pointer = reinterpret_cast<void*>(block.address);
    LiveBlock taken;
    if (MayBeSampled(pointer) && TakeLive(view_, pointer, &taken)) {
      CountFree(view_, ledger::LiveStack(taken.meta), EstimateOf(view_, taken));
    }
  }

  LedgerView view_;
  uint64_t random_;
  uint32_t stacks_[kSizeCount];
  int64_t until_sample_ = 0;
  uint32_t doublings_ = 0;
  uint64_t address_ = uint64_t{1} << 40;
  std::vector<Block> blocks_;
  uint64_t allocated_[kSizeCount] = {};
  uint64_t live_[kSizeCount] = {};
};

}  // namespace

int main(int argc, char** argv) {
  const uint64_t seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  SetFilterGranule(kIntervalBytes);
  Outcome outcomes[kSizeCount];
  uint64_t thin_rounds = 0;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    char directory[] = "/dev/shm/seep-bench-XXXXXX";
    if (mkdtemp(directory) == nullptr) return 1;
    Settings settings{};
    settings.directory.Add(directory);
    settings.interval_bytes = kIntervalBytes;
    LedgerView view;
    const char* reason = CreateLedger(settings, ReadIdentity(), &view);
    std::filesystem::remove_all(directory);  // the mapping stays
    if (reason != nullptr) {
      fmt::print(stderr, "no ledger: {}\n", reason);
      return 1;
    }
    view.header().max_bytes = view.header().populated_bytes.load() + kRoomBytes;
    Simulation simulation(view, seed);
    simulation.Run();
    simulation.Report(outcomes);
    thin_rounds += view.header().thin_rounds.load();
    munmap(view.base, view.header().file_bytes);
    for (FilterSlot& slot : free_filter) {
      if (slot.load(std::memory_order_relaxed) != 0) slot.store(0, std::memory_order_relaxed);
    }
  }
  for (size_t i = 0; i < kSizeCount; ++i) {
    const Outcome& outcome = outcomes[i];
    fmt::print(
        "size={} seeds={} live_bias={:.5f} live_se={:.5f} counted_bias={:.5f} counted_se={:.5f} "
        "allocated_bias={:.5f} allocated_se={:.5f} thin_rounds={:.2f}\n",
        kSizes[i], outcome.live.count, outcome.live.mean(), outcome.live.standard_error(),
        outcome.counted.mean(), outcome.counted.standard_error(), outcome.allocated.mean(),
        outcome.allocated.standard_error(),
        static_cast<double>(thin_rounds) / static_cast<double>(seeds));
  }
}
