// SPDX-License-Identifier: Apache-2.0
// The soak: a program that does everything to its heap and frees all of it, in exact mode and
// sampled. Then the ledger must say that all of it is free, in every sum that it keeps.
//
//   SOAK_MINUTES=N soak_test    N for each of the three modes; 5 s without
#include <cstdlib>
#include <iostream>

#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

unsigned SoakSeconds() {
  const char* minutes = std::getenv("SOAK_MINUTES");
  return minutes != nullptr ? static_cast<unsigned>(60 * std::atof(minutes)) : 5;
}

// Of the target, as against those of libraries: soak_target.cpp.
bool IsTargets(uint64_t size_bytes) {
  return size_bytes >= 200 && size_bytes % 16 == 13;
}

void Describe(const LedgerTotals& totals, const ledger::Snapshot& snapshot) {
  std::cout << "  " << snapshot.samples << " samples, T " << snapshot.interval_bytes << " B, "
            << snapshot.thin_rounds << " times thinned, " << snapshot.counters.size()
            << " stacks, in use " << totals.live.samples << " blocks, " << totals.live.bytes
            << " B; losses";
  for (const uint64_t loss : totals.losses) std::cout << ' ' << loss;
  std::cout << std::endl;
}

ledger::Snapshot Soak(const char* interval, const std::vector<std::string>& environment) {
  const unsigned soak_s = SoakSeconds();
  std::cout << "T = " << interval << " for " << soak_s << " s: " << std::flush;
  const PreloadedChild run({SOAK_TARGET_PATH, std::to_string(soak_s), TRAP_PLUGIN_PATH}, interval,
                           environment, /*limit_s=*/soak_s + 120);
  REQUIRE(run.wait_status == 0);
  const std::string path = run.Own();
  CheckBalanced(path);
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  auto snapshot = reader->Read();
  REQUIRE(snapshot);
  const LedgerTotals totals = TotalsOf(path);
  Describe(totals, *snapshot);
  // All of ours are free again; what is in use belongs to libraries, and is little.
  size_t forgotten = 0;
  for (const ledger::LiveRecord& block : snapshot->live) forgotten += IsTargets(block.size_bytes);
  CHECK(forgotten == 0);
  CHECK(totals.live.samples < 200);
  CHECK(totals.losses[ledger::kLossReentrant] == 0);
  CHECK(totals.losses[ledger::kLossStackEnd] == 0);
  // A block may find no place while another thread, perhaps without a processor, is half way
  // through growing or thinning the table: then neither its alloc nor its free is counted, but the
  // loss is.
  CHECK(totals.losses[ledger::kLossLiveTable] * 100'000 <= snapshot->samples);
  // Children begin with nothing, and end with what they say.
  CHECK(run.OfChildren().size() > 10);
  for (const std::string& child : run.OfChildren()) CheckBalanced(child);
  return std::move(*snapshot);
}

}  // namespace

TEST_CASE("soak in exact mode") {
  Soak("1", {});
}

TEST_CASE("soak at 4 KiB") {
  Soak("4096", {"SEEP_CPU_BUDGET=0"});
}

TEST_CASE("soak in a ledger that must thin") {
  CHECK(Soak("64", {"SEEP_LEDGER_MAX=1MiB", "SEEP_CPU_BUDGET=0"}).thin_rounds > 0);
}
