// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/standing.h"

#include <catch2/catch.hpp>

#include "analysis/verdict.h"

using namespace seep;
using model::AgePattern;

namespace {

constexpr model::TargetId kTarget{1};

// A stack whose blocks in use were born at these times, one sample of 100 bytes each.
model::StackHistory Stack(int64_t id, const std::vector<double>& births, double end_s = 60) {
  model::StackHistory history;
  history.stack.id = model::StackId{id};
  history.stack.target = kTarget;
  history.stack.ledger = 7;
  const auto samples = static_cast<double>(births.size());
  history.points.push_back({.t_s = end_s,
                            .alloc_bytes = 300 * samples,
                            .live_bytes = 100 * samples,
                            .live_objects = samples,
                            .live_variance = 9 * samples,
                            .alloc_samples = 3 * births.size(),
                            .live_samples = births.size()});
  for (const double born_s : births)
    history.survivors.push_back({born_s, born_s + 0.25, 1, 100, 9});
  return history;
}

AgePattern PatternOf(const std::vector<double>& births) {
  return analysis::FindAgePattern(Stack(1, births), 0, 60);
}

// One look at a ledger.
model::RunData OneSnapshot(std::vector<model::StackHistory> stacks) {
  model::RunData data;
  data.run.duration_s = 60;
  data.run.is_finished = true;
  model::Target target;
  target.id = kTarget;
  target.probe = "active";
  target.last_seen_s = 60;
  data.targets.push_back(target);
  data.series.push_back(
      {{model::SeriesId{1}, kTarget, model::metric::kHeapLive, "bytes"}, {{60, 1}}});
  data.stacks = std::move(stacks);
  return data;
}

}  // namespace

TEST_CASE("ages tell tables and work in progress from what accumulates") {
  CHECK(PatternOf({1, 2, 3, 4, 5, 6, 7}) == AgePattern::kStartUp);
  CHECK(PatternOf({53, 54, 55, 56, 57, 58, 59}) == AgePattern::kYoung);
  CHECK(PatternOf({5, 15, 25, 35, 45, 55}) == AgePattern::kSpread);
  CHECK(PatternOf({5, 15, 25, 45, 55, 55}) == AgePattern::kMixed);  // none from one sixth
  CHECK(PatternOf({5, 15, 25, 35, 45}) == AgePattern::kTooFew);
  // A clock that is a little off puts a birth outside of the life.
  CHECK(PatternOf({-1, 15, 25, 35, 45, 61}) == AgePattern::kSpread);
  CHECK(analysis::FindAgePattern(Stack(1, {1, 1, 1, 1, 1, 1}), 5, 5) == AgePattern::kTooFew);
}

TEST_CASE("a heap is the sum of its stacks, the largest first") {
  const model::RunData data =
      OneSnapshot({Stack(1, {1, 2}), Stack(2, {5, 15, 25, 35, 45, 55}), Stack(3, {})});
  const model::HeapStanding heap = analysis::MeasureHeap(data, data.targets[0]);
  CHECK(heap.live_bytes == 800);
  CHECK(heap.live_objects == 8);
  CHECK(heap.alloc_bytes == 2400);
  CHECK(heap.live_samples == 8);
  CHECK(heap.live_bytes_se == Approx(std::sqrt(72)));
  CHECK(heap.stack_count == 2);
  REQUIRE(heap.stacks.size() == 2);
  CHECK(heap.stacks[0].stack == model::StackId{2});
  CHECK(heap.stacks[0].share == 0.75);
  CHECK(heap.stacks[0].age_p50_s == Approx(34.75));
}

TEST_CASE("what is mapped stands beside the heap, in the one list") {
  model::RunData data = OneSnapshot({Stack(1, {1, 2}), Stack(2, {1, 2, 3}), Stack(3, {4})});
  for (const size_t mapping : {1, 2}) data.stacks[mapping].stack.kind = model::StackKind::kMapping;
  const model::HeapStanding heap = analysis::MeasureHeap(data, data.targets[0]);
  CHECK(heap.live_bytes == 200);
  CHECK(heap.mapped_bytes == 400);
  CHECK(heap.live_samples == 2);
  REQUIRE(heap.stacks.size() == 3);
  CHECK(heap.stacks[0].kind == model::StackKind::kMapping);
  CHECK(heap.stacks[0].share == 0.75);
  CHECK(heap.stacks[1].kind == model::StackKind::kHeap);
  CHECK(heap.stacks[1].share == 1);
}

TEST_CASE("an exec empties the heap: only the last image holds anything") {
  model::RunData data = OneSnapshot({Stack(1, {1, 2, 3}), Stack(2, {50})});
  data.stacks[1].stack.ledger = 8;
  CHECK(analysis::MeasureHeap(data, data.targets[0]).live_bytes == 100);
}

TEST_CASE("one snapshot is inconclusive, and says what it holds") {
  const model::Verdict verdict = analysis::Analyze(OneSnapshot({Stack(1, {1, 2, 3})}));
  CHECK(verdict.exit_code == model::ExitCode::kInconclusive);
  CHECK(verdict.summary.find("cannot show growth") != std::string::npos);
  CHECK(verdict.stacks.empty());
  REQUIRE(verdict.heaps.size() == 1);
  CHECK(verdict.heaps[0].live_bytes == 300);
}
