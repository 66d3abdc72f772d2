// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/timeline.h"

#include <catch2/catch.hpp>

#include "analysis/stacks/evidence.h"
#include "bench/synthetic/stack_history.h"

using namespace seep;
using namespace seep::analysis;

namespace {

model::StackPoint Counts(double t_s, uint64_t born, uint64_t live, uint64_t thinned = 0) {
  return {.t_s = t_s,
          .live_bytes = static_cast<double>(live),
          .alloc_samples = born,
          .live_samples = live,
          .settled_samples = live,
          .least_live_samples = live,
          .thinned_samples = thinned};
}

model::StackHistory Stack(std::vector<model::StackPoint> points) {
  model::StackHistory history;
  history.points = std::move(points);
  return history;
}

}  // namespace

TEST_CASE("a state is carried forward between the snapshots that changed it") {
  const model::StackHistory history = Stack({Counts(10, 5, 5), Counts(20, 7, 7)});
  const Timeline timeline(history);
  CHECK(timeline.At(5).live == 0);
  CHECK(timeline.At(10).live == 5);
  CHECK(timeline.At(19.9).live == 5);
  CHECK(timeline.At(1e9).live == 7);
  CHECK(PointAt(history, 19.9).live_bytes == 5);
}

TEST_CASE("what thinning drops has not died: earlier counts are taken in samples of today") {
  // 40 in use, 20 of them are dropped, then 10 more come; nothing is ever freed.
  const model::StackHistory history =
      Stack({Counts(10, 40, 40), Counts(20, 40, 20, 20), Counts(30, 50, 30, 20)});
  const Timeline timeline(history);
  CHECK(timeline.At(10).live == 20);
  CHECK(timeline.At(20).live == 20);
  CHECK(timeline.At(30).live == 30);
  CHECK(timeline.At(10).born == 20);
  CHECK(timeline.At(30).born - timeline.At(20).born == 10);
}

TEST_CASE("thinning in the judged window does not hide a leak") {
  // Ten samples a second; the table is thinned at 60 s, and every second sample is drawn after.
  model::StackHistory history;
  uint64_t born = 0;
  uint64_t live = 0;
  for (int t = 1; t <= 120; ++t) {
    born += t <= 60 ? 10 : 5;
    live += t <= 60 ? 10 : 5;
    if (t == 60) live /= 2;
    model::StackPoint point = Counts(t, born, live, t >= 60 ? 300 : 0);
    point.settled_samples = live * 7 / 8;
    history.points.push_back(point);
    history.survivors.push_back({t - 1.0, static_cast<double>(t), 5, 5, 0});
  }
  const StackTally tally = TallyStack(history, {30, 120});
  CHECK(tally.born == Approx(5 * 90 * 7 / 8.0).epsilon(0.02));
  CHECK(tally.died <= 4);
  const StackEvidence evidence = WeighTally(tally);
  CHECK(evidence.p_value < 1e-9);
  CHECK_FALSE(evidence.has_stopped);
}

TEST_CASE("survivors of a window are those of its bins, with the share inside") {
  model::StackHistory history;
  history.survivors = {{0, 10, 4, 400, 40}, {10, 20, 2, 100, 10}};
  const Timeline timeline(history);
  CHECK(timeline.BornIn(0, 20).samples == 6);
  CHECK(timeline.BornIn(5, 15).samples == 3);
  CHECK(timeline.BornIn(5, 15).bytes == 250);
  CHECK(timeline.BornIn(5, 15).variance == 25);
  CHECK(timeline.BornIn(20, 30).samples == 0);
}

TEST_CASE("windows begin where the ledger says") {
  model::StackHistory history;
  history.observed_from_s = 3;
  const Timeline timeline(history);
  CHECK(timeline.WindowBegin(50, 131) == 47);  // 128 s old: windows of 4 s
  CHECK(timeline.SettledBefore(83) == 73);
}

TEST_CASE("born less died is the change of the settled blocks") {
  synthetic::Rng rng(3);
  synthetic::SampledBlocks blocks = synthetic::Churn(rng, 600, 40, 100);
  const synthetic::SampledBlocks leak = synthetic::Leak(rng, 600, 0.1);
  blocks.insert(blocks.end(), leak.begin(), leak.end());
  const model::StackHistory history =
      synthetic::Observer(600, 1).Observe(blocks, model::TargetId{1}, model::StackId{1});
  const StackTally tally = TallyStack(history, {152, 600});
  const Timeline timeline(history);
  const double net = timeline.At(600).settled - timeline.At(152).settled;
  CHECK(tally.born - tally.died == Approx(net));
  double per_sixth = 0;
  for (const double one : tally.settled_net) per_sixth += one;
  CHECK(per_sixth == Approx(net));
}
