// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/growth.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using namespace seep::analysis;

namespace {

const model::TargetId kTarget{1};

model::StackHistory EverySecond(const SampledBlocks& blocks, double end_s, int64_t id,
                                model::TargetId target = kTarget) {
  return Observer(end_s, 1).Observe(blocks, target, model::StackId{id});
}

// One block a second, the first at 0.5 s, each living `life_s`.
SampledBlocks Regular(double end_s, double life_s) {
  SampledBlocks blocks;
  for (double t = 0.5; t < end_s; t += 1) blocks.push_back({t, t + life_s});
  return blocks;
}

}  // namespace

TEST_CASE("a stack that never frees is growing, with its rate and a lower bound") {
  model::RunData data;
  data.stacks.push_back(EverySecond(Regular(120, kForever_s), 120, 9));
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, 15 * kMiB);
  REQUIRE(found.growing.size() == 1);
  const model::StackVerdict& verdict = found.growing[0].verdict;
  CHECK(verdict.stack == model::StackId{9});
  CHECK(verdict.growth_class == model::GrowthClass::kGrowth);
  CHECK(verdict.growth_bytes_per_hour == Approx(kInterval_bytes * 3600));
  CHECK(verdict.ci_low == Approx(kInterval_bytes * 3600 * (1 - 1.645 / std::sqrt(78.75))));
  CHECK(verdict.live_bytes == Approx(120 * kInterval_bytes));
  CHECK(verdict.age_p50_s == Approx(60).margin(2));
  CHECK(verdict.explanation.find("90 blocks") == 0);
  // Settled in the window: born from 7/8 of its begin to 7/8 of its end.
  CHECK(found.growing[0].deviate == Approx(std::sqrt(78.75)));
  CHECK(verdict.level == model::StackLevel::kStack);
  CHECK(verdict.age_p90_s == Approx(108).margin(2));
  CHECK(verdict.never_freed == 1);
  CHECK(verdict.never_freed_low == Approx(std::pow(0.05, 1.0 / 46)).margin(0.01));
  CHECK(found.explained == Approx(1));
  CHECK(found.is_growing_together);
}

TEST_CASE("where most is freed, the explanation says how soon, and how much is not") {
  model::RunData data;
  SampledBlocks blocks = Regular(120, kForever_s);
  for (double t = 0.25; t < 120; t += 0.25) blocks.push_back({t, t + 1});
  data.stacks.push_back(EverySecond(blocks, 120, 1));
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, kMiB);
  REQUIRE(found.growing.size() == 1);
  CHECK(found.growing[0].verdict.never_freed == Approx(0.2).margin(0.01));
  CHECK(found.growing[0].verdict.never_freed_low < 0.2);
  INFO(found.growing[0].verdict.explanation);
  CHECK(found.growing[0].verdict.explanation.find(
            "20 % of what is allocated here outlives 45s, half of it is gone after 1s") !=
        std::string::npos);
}

TEST_CASE("a queue of constant length is not growing") {
  model::RunData data;
  data.stacks.push_back(EverySecond(Regular(120, 30), 120, 1));
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, kMiB);
  CHECK(found.tested == 1);
  CHECK(found.growing.empty());
  CHECK_FALSE(found.is_growing_together);
}

TEST_CASE("a leak spread over many stacks is seen in their sum") {
  model::RunData data;
  Rng rng(5);
  for (int i = 0; i < 60; ++i) {
    data.stacks.push_back(EverySecond(Leak(rng, 600, 2.0 / 450), 600, i + 1));
  }
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {150, 600}}}, kMiB);
  CHECK(found.growing.empty());
  CHECK(found.is_growing_together);

  // One function that all of them call is named.
  for (model::StackHistory& history : data.stacks) {
    history.stack.frames = {{model::ModuleId{1}, 7},
                            {model::ModuleId{1}, 100 + static_cast<uint64_t>(history.stack.slot)}};
  }
  const StackFindings named = FindGrowingStacks(data, {{kTarget, {150, 600}}}, kMiB);
  REQUIRE(named.growing.size() == 1);
  CHECK(named.growing[0].verdict.level == model::StackLevel::kFunction);
  CHECK(named.growing[0].verdict.stack_count == 60);
  CHECK(named.growing[0].verdict.explanation.find("at 60 stacks") != std::string::npos);
}

TEST_CASE("a cache that fills and stops, and one that evicts, are not growing") {
  model::RunData data;
  data.stacks.push_back(EverySecond(Regular(80, kForever_s), 120, 1));  // full at 80 of 120 s
  data.stacks.push_back(EverySecond(Regular(120, 70), 120, 2));         // an LRU of 70 blocks
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, kMiB);
  CHECK(found.tested == 2);
  CHECK(found.growing.empty());
}

TEST_CASE("what a stack gains while another of its caller loses it has moved") {
  model::RunData data;
  SampledBlocks old;
  for (int i = 0; i < 100; ++i) old.push_back({0.5 + 0.1 * i, 30.0 + 0.9 * i});
  data.stacks.push_back(EverySecond(Regular(120, kForever_s), 120, 1));
  data.stacks.push_back(EverySecond(old, 120, 2));
  for (model::StackHistory& history : data.stacks) {
    history.stack.frames = {{model::ModuleId{1}, history.stack.slot}, {model::ModuleId{1}, 42}};
  }
  const StackFindings moved = FindGrowingStacks(data, {{kTarget, {30, 120}}}, kMiB);
  CHECK(moved.growing.empty());
  CHECK(moved.moved == 1);
  data.stacks[1].stack.frames[1].address = 43;  // of another caller
  CHECK(FindGrowingStacks(data, {{kTarget, {30, 120}}}, kMiB).growing.size() == 1);
}

TEST_CASE("stacks of other targets, and stacks without points, do not count") {
  model::RunData data;
  data.stacks.push_back(EverySecond(Regular(120, kForever_s), 120, 1, model::TargetId{2}));
  data.stacks.push_back({});
  data.stacks.back().stack.target = kTarget;
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, 0);
  CHECK(found.tested == 0);
  CHECK(found.growing.empty());
  CHECK_FALSE(found.is_growing_together);
}

TEST_CASE("faster leaks come first") {
  model::RunData data;
  Rng rng(11);
  for (int i = 1; i <= 4; ++i) {
    data.stacks.push_back(EverySecond(Leak(rng, 600, 0.3 * i), 600, i));
  }
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {150, 600}}}, kMiB);
  REQUIRE(found.growing.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(found.growing[i].verdict.stack == model::StackId(static_cast<int64_t>(4 - i)));
  }
}

TEST_CASE("mappings that stay are growing, and are no part of the heap") {
  model::RunData data;
  data.stacks.push_back(EverySecond(Regular(120, kForever_s), 120, 9));
  data.stacks.back().stack.kind = model::StackKind::kMapping;
  const StackFindings found = FindGrowingStacks(data, {{kTarget, {30, 120}}}, 0, kMiB);
  REQUIRE(found.growing.size() == 1);
  CHECK(found.growing[0].verdict.kind == model::StackKind::kMapping);
  CHECK(found.growing[0].verdict.explanation.find("90 regions mapped") == 0);
  CHECK_FALSE(found.is_growing_together);
  // Less than 0.05 % of what is mapped is not worth a report.
  CHECK(FindGrowingStacks(data, {{kTarget, {30, 120}}}, 0, 1e5 * kMiB).growing.empty());
}
