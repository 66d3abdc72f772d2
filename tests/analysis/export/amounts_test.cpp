// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/amounts.h"

#include <catch2/catch.hpp>

#include "tests/analysis/export/example_run.h"

using namespace seep;
using namespace seep::exports;

namespace {

std::map<int64_t, Amounts> ByStack(const model::RunData& data, const AmountsOf& of) {
  std::map<int64_t, Amounts> amounts;
  for (const StackAmounts& stack : MeasureStacks(data, of)) {
    amounts[static_cast<int64_t>(stack.history->stack.id)] = stack.amounts;
  }
  return amounts;
}

}  // namespace

TEST_CASE("in use is what processes hold that live to the end of the run") {
  const model::RunData data = ExampleRun();
  auto amounts = ByStack(data, {.pid = {}, .program = {}});
  REQUIRE(amounts.size() == 5);
  CHECK(amounts[2].live_bytes == 1000);
  CHECK(amounts[2].live_objects == 100);
  CHECK(amounts[3].live_bytes == 20);
  CHECK(amounts[1].live_bytes == 0);  // gone with an exec
  CHECK(amounts[4].live_bytes == 0);  // gone with its process
  CHECK(amounts[5].live_bytes == 7);  // seen 4 s before the end: it ends with the run
  CHECK(amounts[1].alloc_bytes == 400);
  CHECK(amounts[4].alloc_bytes == 6000);
}

TEST_CASE("a process that is asked for holds what it held at its own end") {
  const model::RunData data = ExampleRun();
  auto amounts = ByStack(data, {.pid = 11, .program = {}});
  REQUIRE(amounts.size() == 1);
  CHECK(amounts[4].live_bytes == 5000);
  CHECK(ByStack(data, {.pid = {}, .program = "shop"}).size() == 4);
}

TEST_CASE("growth counts from the end of warm-up of each process") {
  const model::RunData data = ExampleRun();
  model::Verdict verdict;
  for (const auto& [metric, warmup_end_s] : {std::pair{"rss_swap", 95}, {"heap_live", 65}}) {
    model::SeriesVerdict& series = verdict.series.emplace_back();
    series.target = kShop;
    series.metric = metric;
    series.warmup_end_s = warmup_end_s;
    series.growth_class = model::GrowthClass::kGrowth;
  }
  verdict.series.push_back(verdict.series.back());
  verdict.series.back().target = kDisk;
  verdict.series.back().growth_class = model::GrowthClass::kInsufficientData;
  auto amounts = ByStack(data, {.pid = {}, .program = {}, .since_s = WarmUpEnds(verdict)});
  CHECK(amounts[2].live_bytes == 700);
  CHECK(amounts[2].alloc_bytes == 1100);
  CHECK(amounts[3].live_bytes == -60);
  CHECK(amounts[3].alloc_objects == 1);
  CHECK(amounts[5].live_bytes == 7);
}
