// SPDX-License-Identifier: Apache-2.0
// docs/traps.md, threads, signals, races and the loader: exact mode loses no block.
#include <cmath>

#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"
#include "tests/probes/preload/traps/trap.h"

using namespace traps;
using namespace seep;

namespace {

// All blocks of this size were freed again.
void CheckAllFreed(const std::string& path, size_t bytes, double least) {
  const BlockCounts counts = CountBlocks(path, bytes);
  CHECK(counts.allocated >= least);
  CHECK(counts.freed == counts.allocated);
  CHECK(counts.live == 0);
}

}  // namespace

TEST_CASE("ten thousand short threads lose no block") {
  const PreloadedChild run({TRAP_TARGET_PATH, "thread-storm"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == BlockCounts{30'000, 30'000, 0});
  CheckBalanced(run.Ledger());
}

TEST_CASE("the first interval of a thread is drawn: short threads are estimated without bias") {
  constexpr double kInterval = 65'536;
  const PreloadedChild run({TRAP_TARGET_PATH, "thread-storm"}, "65536", {"SEEP_CPU_BUDGET=0"});
  CHECK(run.wait_status == 0);
  const double truth = 30'000.0 * kBytes;
  // Beside the storm's blocks: what 10,000 threads cost libc and libstdc++, half a KiB each.
  const double others = 10'000.0 * 512;
  double estimate = 0;
  for (const ledger::StackCounters& stack : run.Read().counters) estimate += stack.alloc_bytes;
  // The standard error of B bytes is at most sqrt(T B).
  CHECK(std::abs(estimate - truth) < 5 * std::sqrt(kInterval * truth) + others);
}

TEST_CASE("blocks of thread-local data are seen until the last destructor") {
  const PreloadedChild run({TRAP_TARGET_PATH, "thread-end"});
  CHECK(run.wait_status == 0);
  // A thread: two owners, the key's value, four passes, one left behind.
  CHECK(CountBlocks(run.Ledger(), kBytes) == BlockCounts{800, 800, 0});
  CheckBalanced(run.Ledger());
}

TEST_CASE("a sample and a child's new ledger fit on the smallest stack of a thread") {
  const PreloadedChild run({TRAP_TARGET_PATH, "small-stack"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Own(), kBytes).allocated == 20 * kBlocks);
  CHECK(run.OfChildren().size() == 20);
}

TEST_CASE("handlers that allocate over the probe neither block nor lose an entry") {
  for (const char* command : {"signal-storm", "signal-storm-altstack"}) {
    INFO(command);
    const PreloadedChild run({TRAP_TARGET_PATH, command}, "1",
                             {"LD_PRELOAD=" SEEP_PROBE_PATH ":" TRAP_HANDOVER_PATH});
    CHECK(run.wait_status == 0);
    const std::string path = run.Ledger();
    CheckBalanced(path);
    CheckAllFreed(path, 40, 1000);
    CheckAllFreed(path, 80, 1000);
    CHECK(CountBlocks(path, 56).live == 0);
    CHECK(CountBlocks(path, 112).live == 0);
  }
}

TEST_CASE("free and realloc take a block out of the ledger before its address is given away") {
  for (const char* command : {"free-order", "realloc-order"}) {
    INFO(command);
    const PreloadedChild run({TRAP_TARGET_PATH, command}, "1",
                             {"LD_PRELOAD=" SEEP_PROBE_PATH ":" TRAP_HANDOVER_PATH});
    CHECK(run.wait_status == 0);
    CHECK(CountBlocks(run.Ledger(), kChildBytes) == BlockCounts{kBlocks, 0, kBlocks});
    CHECK(CountBlocks(run.Ledger(), kChildBytes + 100) == BlockCounts{kBlocks, kBlocks, 0});
    CheckBalanced(run.Ledger());
  }
}

TEST_CASE("libraries that come and go, callbacks under the loader's lock, exceptions") {
  for (const char* command : {"dlopen-storm", "phdr-callbacks", "exceptions"}) {
    INFO(command);
    const PreloadedChild run({TRAP_TARGET_PATH, command}, "1", {"TRAP_PLUGIN=" TRAP_PLUGIN_PATH});
    CHECK(run.wait_status == 0);
    CheckBalanced(run.Ledger());
    CheckAllFreed(run.Ledger(), kBytes, 100);
    CheckAllFreed(run.Ledger(), 2 * kBytes, 100);
    if (std::string(command) != "exceptions") CheckAllFreed(run.Ledger(), 5000, 150 * 21);
  }
}

TEST_CASE("a free that passes us by is noticed when the address is used again") {
  const PreloadedChild run({TRAP_TARGET_PATH, "deep-bind"}, "1", {"TRAP_PLUGIN=" TRAP_PLUGIN_PATH});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), 400) == BlockCounts{2, 2, 0});
  CHECK(CountBlocks(run.Ledger(), kChildBytes).allocated == 0);  // coverage: not ours to see
  CheckBalanced(run.Ledger());
}

TEST_CASE("an unwinder of the target's own is not called") {
  const PreloadedChild run({TRAP_OVERRIDER_PATH});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == BlockCounts{kBlocks, kBlocks / 2, kBlocks / 2});
  CHECK(TotalsOf(run.Ledger()).losses[ledger::kLossNoFrames] == 0);
}

TEST_CASE("a million samples make no system call") {
  const PreloadedChild run({TRAP_TARGET_PATH, "no-system-calls"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes).allocated == 500'100);
}
