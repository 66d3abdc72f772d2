// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/explained.h"

#include <catch2/catch.hpp>

#include "policy_fixture.h"

using namespace seep;
using namespace seep::analysis;

namespace {

// The leak of 100 MiB an hour is suppressed, and `metric` rises by `mib_per_hour`.
bool IsExplained(const std::string& metric, double mib_per_hour, double slack_mib = 0) {
  LeakingRun run = MakeHealthyRun();
  run.AddStack(1, "Leak", 100).suppressed_by = 0;
  run.AddSeries(metric, mib_per_hour * kMiB);
  run.verdict.attribution = {{model::part::kHeapLive, 100 * kMiB, 0, 0, 0},
                             {model::part::kAllocatorSlack, slack_mib * kMiB, 0, 0, 0}};
  MarkExplained(run.verdict);
  return run.verdict.series.back().suppressed_by.has_value();
}

}  // namespace

TEST_CASE("a heap that rises by what suppressed stacks keep needs no suppression of its own") {
  CHECK(IsExplained("heap_live", 95));
  CHECK(IsExplained("heap_live", 110));
  CHECK_FALSE(IsExplained("heap_live", 130));
}

TEST_CASE("of resident memory, what the allocator keeps beside these blocks is theirs") {
  CHECK(IsExplained("rss_swap", 110));
  CHECK_FALSE(IsExplained("rss_swap", 140));
  CHECK(IsExplained("rss_swap", 140, /*slack_mib=*/35));
  CHECK_FALSE(IsExplained("rss_swap", 180, /*slack_mib=*/35));
}

TEST_CASE("heap stacks explain neither mappings nor descriptors nor another process") {
  CHECK_FALSE(IsExplained("mapped_live", 100));
  CHECK_FALSE(IsExplained("fds", 100));
  LeakingRun run = MakeHealthyRun();
  run.AddStack(1, "Leak", 100).suppressed_by = 0;
  run.AddSeries("heap_live", 100 * kMiB).target = model::TargetId{2};
  MarkExplained(run.verdict);
  CHECK_FALSE(run.verdict.series.back().suppressed_by);
}

TEST_CASE("without a suppressed stack nothing is explained, however uncertain it is") {
  LeakingRun run = MakeLeakingRun();
  run.verdict.series.front().ci_low = -1e12;
  MarkExplained(run.verdict);
  for (const model::SeriesVerdict& series : run.verdict.series) CHECK_FALSE(series.suppressed_by);
}
