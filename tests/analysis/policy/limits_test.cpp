// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/limits.h"

#include <catch2/catch.hpp>

#include "policy_fixture.h"

using namespace seep;
using namespace seep::analysis;
using model::LimitState;

namespace {

struct Bounds {
  std::optional<double> most{};
  std::optional<double> least{};
  std::optional<double> most_change{};
};

model::PolicyLimit Limit(const std::string& feature, const Bounds& bounds) {
  model::PolicyLimit limit;
  limit.name = feature;
  limit.feature = feature;
  limit.most = bounds.most;
  limit.least = bounds.least;
  limit.most_change = bounds.most_change;
  return limit;
}

model::LimitResult Check(const model::PolicyLimit& limit, const LeakingRun& run = MakeHealthyRun(),
                         const std::vector<model::Baseline>& baselines = {}) {
  return CheckLimit(limit, run.summary, baselines, run.verdict);
}

model::Baseline BaselineOf(const std::string& feature, std::vector<double> values) {
  model::Baseline baseline{.name = "main", .key = {}, .runs = {}};
  for (const double value : values) {
    model::RunSummary& run = baseline.runs.emplace_back();
    run.features = {{feature, "", value, 0}};
  }
  return baseline;
}

LimitState Changed(const std::string& feature, double allowed, std::vector<double> base) {
  return Check(Limit(feature, {.most_change = allowed}), MakeHealthyRun(),
               {BaselineOf(feature, std::move(base))})
      .state;
}

}  // namespace

TEST_CASE("a figure is held to its limit as it was measured") {
  const auto broken = Check(Limit("rss_swap.peak", {.most = 199 * kMiB}));
  CHECK(broken.state == LimitState::kBroken);
  CHECK(broken.value == 200 * kMiB);
  CHECK(broken.unit == "bytes");
  CHECK(broken.explanation == "200 MiB, at most 199 MiB");
  CHECK(Check(Limit("rss_swap.peak", {.most = 200 * kMiB})).state == LimitState::kHeld);
  CHECK(Check(Limit("load.throughput", {.least = 90})).state == LimitState::kHeld);
  CHECK(Check(Limit("load.throughput", {.least = 91})).state == LimitState::kBroken);
  CHECK(Check(Limit("load.error_rate", {.most = 0.01})).explanation == "1.4 %, at most 1 %");
}

TEST_CASE("of several bounds the worst decides") {
  CHECK(Check(Limit("load.throughput", {.most = 80, .least = 10})).state == LimitState::kBroken);
  // Held, and against no baseline: unknown.
  CHECK(Check(Limit("load.throughput", {.least = 10, .most_change = 1})).state ==
        LimitState::kUnknown);
}

TEST_CASE("what was not measured is unknown, and says why") {
  const auto latency = Check(Limit("latency.p95", {.most = 0.25}));
  CHECK(latency.state == LimitState::kUnknown);
  CHECK_FALSE(latency.value);
  CHECK(latency.explanation.find("--load") != std::string::npos);
  LeakingRun run = MakeHealthyRun();
  run.summary.features.front().value = std::numeric_limits<double>::quiet_NaN();
  CHECK(Check(Limit("rss_swap.peak", {.most = 1e12}), run).state == LimitState::kUnknown);
}

TEST_CASE("a growth may be what its error allows: 1 MiB an hour here, give or take 6.6") {
  CHECK(Check(Limit("rss_swap.slope", {.most = 8 * kMiB})).state == LimitState::kHeld);
  const auto unknown = Check(Limit("rss_swap.slope", {.most = 2 * kMiB}));
  CHECK(unknown.state == LimitState::kUnknown);
  CHECK(unknown.explanation.find("-5.58 MiB per hour to 7.58 MiB per hour") != std::string::npos);
  LeakingRun run = MakeHealthyRun();
  run.summary.features[2].value = 10 * kMiB;
  CHECK(Check(Limit("rss_swap.slope", {.most = 2 * kMiB}), run).state == LimitState::kBroken);
}

TEST_CASE("relative limits are shares of the middle of the baseline's runs") {
  CHECK(Changed("rss_swap.level", 0.1, {90 * kMiB, 100.5 * kMiB, 500 * kMiB}) == LimitState::kHeld);
  CHECK(Changed("rss_swap.level", 0.1, {99 * kMiB}) == LimitState::kBroken);
  const auto result = Check(Limit("rss_swap.level", {.most_change = 0.05}), MakeHealthyRun(),
                            {BaselineOf("rss_swap.level", {100 * kMiB})});
  CHECK(result.base == 100 * kMiB);
  CHECK(result.explanation ==
        "110 MiB, 100 MiB in the baseline: 10 % more, at most 5 % more is allowed");
}

TEST_CASE("where less is worse, less is limited") {
  CHECK(Changed("load.throughput", 0.1, {95}) == LimitState::kHeld);
  CHECK(Changed("load.throughput", 0.1, {101}) == LimitState::kBroken);
  CHECK(Changed("load.throughput", 0.1, {10}) == LimitState::kHeld);
}

TEST_CASE("more than nothing is more than any share allows") {
  CHECK(Changed("load.error_rate", 10, {0}) == LimitState::kBroken);
}

TEST_CASE("of several baselines the worst decides, and one without the figure is not passed over") {
  const auto limit = Limit("rss_swap.level", {.most_change = 0.1});
  const auto near = BaselineOf("rss_swap.level", {105 * kMiB});
  const auto far = BaselineOf("rss_swap.level", {50 * kMiB});
  CHECK(Check(limit, MakeHealthyRun(), {near, far}).state == LimitState::kBroken);
  CHECK(Check(limit, MakeHealthyRun(), {far, near}).base == 50 * kMiB);
  CHECK(Check(limit, MakeHealthyRun(), {near, BaselineOf("fds.peak", {3})}).state ==
        LimitState::kUnknown);
  CHECK(Check(limit).state == LimitState::kUnknown);
}

TEST_CASE("limits of stacks: one by its fingerprint, or all that call through a function") {
  LeakingRun run = MakeLeakingRun();
  run.AddStack(2, "cache::Insert", 20);
  model::PolicyLimit limit;
  limit.feature = model::kStackLive;
  limit.most = 50 * kMiB;
  SECTION("fingerprint") {
    limit.fingerprint = run.Fingerprint("cache::Insert");
    const auto held = Check(limit, run);
    CHECK(held.state == LimitState::kHeld);
    CHECK(held.value == 20 * kMiB);
  }
  SECTION("function, anywhere in the path, together") {
    limit.function = "^main$";
    CHECK(Check(limit, run).value == 120 * kMiB);
    CHECK(Check(limit, run).state == LimitState::kBroken);
  }
  SECTION("no such function holds nothing") {
    limit.function = "nowhere";
    CHECK(Check(limit, run).value == 0);
    CHECK(Check(limit, run).state == LimitState::kHeld);
  }
  SECTION("growth has an error, and a growth that is too small to be found is not ruled out") {
    limit.feature = model::kStackGrowth;
    limit.function = "Insert";
    limit.most = 19 * kMiB;
    CHECK(Check(limit, run).state == LimitState::kUnknown);
    limit.most = 17 * kMiB;
    CHECK(Check(limit, run).state == LimitState::kBroken);
    limit.function = "nowhere";
    run.verdict.detectable_per_hour = 30 * kMiB;
    CHECK(Check(limit, run).state == LimitState::kUnknown);
    limit.most = 31 * kMiB;
    CHECK(Check(limit, run).state == LimitState::kHeld);
  }
  SECTION("without heap data nothing is known") {
    limit.function = "main";
    run.summary.stacks.clear();
    CHECK(Check(limit, run).state == LimitState::kUnknown);
  }
  SECTION("a name of a million characters is survived") {
    run.summary.stacks[0].frames[0].function = std::string(1'000'000, 'a');
    limit.function = "(a|b)*z";
    CHECK(Check(limit, run).value == 0);
  }
}
