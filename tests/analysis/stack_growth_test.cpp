// SPDX-License-Identifier: Apache-2.0
#include "analysis/stack_growth.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using namespace seep::analysis;

namespace {

const model::TargetId kTarget{1};

std::vector<double> EverySecond(double end_s) {
  std::vector<double> snapshots_s;
  for (double t = 1; t <= end_s; t += 1) snapshots_s.push_back(t);
  return snapshots_s;
}

// One block a second, the first at 0.5 s, each living `life_s`.
SampledBlocks Regular(double end_s, double life_s) {
  SampledBlocks blocks;
  for (double t = 0.5; t < end_s; t += 1) blocks.push_back({t, t + life_s, kInterval_bytes});
  return blocks;
}

}  // namespace

TEST_CASE("a stack that never frees is growing, with its rate and a lower bound") {
  model::RunData data;
  data.stacks.push_back(
      MakeHistory(Regular(120, kForever_s), kTarget, model::StackId{9}, EverySecond(120)));
  const StackFindings found = FindGrowingStacks(data, kTarget, {30, 120}, 15 * kMiB);
  REQUIRE(found.growing.size() == 1);
  const model::StackVerdict& verdict = found.growing[0].verdict;
  CHECK(verdict.stack == model::StackId{9});
  CHECK(verdict.growth_class == model::GrowthClass::kGrowth);
  CHECK(verdict.growth_bytes_per_hour == Approx(kInterval_bytes * 3600));
  CHECK(verdict.ci_low == Approx(kInterval_bytes * 3600 * (1 - 1.645 / std::sqrt(90))));
  CHECK(verdict.live_bytes == Approx(120 * kInterval_bytes));
  CHECK(verdict.age_p50_s == Approx(60).margin(2));
  CHECK(verdict.explanation.find("90 blocks") == 0);
  CHECK(found.growing[0].deviate == Approx(std::sqrt(90)));
  CHECK(found.is_growing_together);
}

TEST_CASE("born less died is the change of the live count") {
  Rng rng(3);
  SampledBlocks blocks = Churn(rng, 600, 40, 100);
  const SampledBlocks leak = Leak(rng, 600, 0.1);
  blocks.insert(blocks.end(), leak.begin(), leak.end());
  const model::StackHistory history =
      MakeHistory(blocks, kTarget, model::StackId{1}, EverySecond(600));
  const StackTally tally = TallyStack(history, {150, 600});
  const double net = static_cast<double>(StateAt(history, 600).live_samples) -
                     static_cast<double>(StateAt(history, 150).live_samples);
  CHECK(tally.born - tally.died == net);
  double per_sixth = 0;
  for (const double one : tally.net_per_sixth) per_sixth += one;
  CHECK(per_sixth == Approx(net));
  // Equal weights: the variance counts the blocks that came and those that went.
  CHECK(tally.growth_variance ==
        Approx((tally.born + tally.died) * kInterval_bytes * kInterval_bytes).epsilon(0.1));
}

TEST_CASE("a state is carried forward between the snapshots that changed it") {
  model::StackHistory history;
  history.points = {{10, 0, 0, 0, 0, 500, 0, 0, 5, 5}, {20, 0, 0, 0, 0, 700, 0, 0, 7, 7}};
  CHECK(StateAt(history, 5).live_samples == 0);
  CHECK(StateAt(history, 10).live_samples == 5);
  CHECK(StateAt(history, 19.9).live_samples == 5);
  CHECK(StateAt(history, 1e9).live_samples == 7);
}

TEST_CASE("a queue of constant length is not growing") {
  model::RunData data;
  data.stacks.push_back(
      MakeHistory(Regular(120, 20), kTarget, model::StackId{1}, EverySecond(120)));
  const StackFindings found = FindGrowingStacks(data, kTarget, {30, 120}, kMiB);
  CHECK(found.tested == 1);
  CHECK(found.growing.empty());
  CHECK_FALSE(found.is_growing_together);
}

TEST_CASE("a leak spread over many stacks is seen in their sum") {
  model::RunData data;
  Rng rng(5);
  for (int i = 0; i < 60; ++i) {
    data.stacks.push_back(
        MakeHistory(Leak(rng, 600, 2.0 / 450), kTarget, model::StackId(i + 1), EverySecond(600)));
  }
  const StackFindings found = FindGrowingStacks(data, kTarget, {150, 600}, kMiB);
  CHECK(found.growing.empty());
  CHECK(found.is_growing_together);
}

TEST_CASE("stacks of other targets, and stacks without points, do not count") {
  model::RunData data;
  data.stacks.push_back(MakeHistory(Regular(120, kForever_s), model::TargetId{2}, model::StackId{1},
                                    EverySecond(120)));
  data.stacks.push_back({});
  data.stacks.back().stack.target = kTarget;
  const StackFindings found = FindGrowingStacks(data, kTarget, {30, 120}, 0);
  CHECK(found.tested == 0);
  CHECK(found.growing.empty());
  CHECK_FALSE(found.is_growing_together);
}

TEST_CASE("faster leaks come first") {
  model::RunData data;
  Rng rng(11);
  for (int i = 1; i <= 4; ++i) {
    data.stacks.push_back(
        MakeHistory(Leak(rng, 600, 0.3 * i), kTarget, model::StackId(i), EverySecond(600)));
  }
  const StackFindings found = FindGrowingStacks(data, kTarget, {150, 600}, kMiB);
  REQUIRE(found.growing.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(found.growing[i].verdict.stack == model::StackId(static_cast<int64_t>(4 - i)));
  }
}

TEST_CASE("mappings that stay are growing, and are no part of the heap") {
  model::RunData data;
  data.stacks.push_back(
      MakeHistory(Regular(120, kForever_s), kTarget, model::StackId{9}, EverySecond(120)));
  data.stacks.back().stack.kind = model::StackKind::kMapping;
  const StackFindings found = FindGrowingStacks(data, kTarget, {30, 120}, 0, kMiB);
  REQUIRE(found.growing.size() == 1);
  CHECK(found.growing[0].verdict.kind == model::StackKind::kMapping);
  CHECK(found.growing[0].verdict.explanation.find("90 regions mapped") == 0);
  CHECK_FALSE(found.is_growing_together);
  // Less than 1 % of what is mapped is not worth a report.
  CHECK(FindGrowingStacks(data, kTarget, {30, 120}, 0, 1e5 * kMiB).growing.empty());
}
