// SPDX-License-Identifier: Apache-2.0
#include "analysis/lineage/lineage.h"

#include <catch2/catch.hpp>
#include <utility>

#include "analysis/verdict.h"
#include "tests/analysis/synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::FindLineages;
using model::GrowthClass;

namespace {

model::Target MakeTarget(int pid, double from_s, double to_s, int parent_pid = 1) {
  model::Target target;
  target.id = model::TargetId(pid);
  target.pid = pid;
  target.parent_pid = parent_pid;
  target.exe = "/usr/bin/service";
  target.command_line = "service --port 80";
  target.probe = "active";
  target.first_seen_s = from_s;
  target.last_seen_s = to_s;
  return target;
}

// Lives of `life`, one after the other, as one run.
model::RunData Restarted(size_t lives, const std::function<RunSpec(Rng&)>& life) {
  model::RunData all;
  double begin_s = 0;
  for (size_t i = 0; i < lives; ++i) {
    Rng rng(100 + i);
    model::RunData one = MakeRun(rng, life(rng));
    if (i == 0) all.run = one.run;
    const double length_s = one.run.duration_s;
    const model::TargetId id{static_cast<int64_t>(i) + 1};
    model::Target target = MakeTarget(1000 + static_cast<int>(i), begin_s, begin_s + length_s);
    target.id = id;
    all.targets.push_back(target);
    for (model::SeriesData& series : one.series) {
      series.series.target = id;
      for (model::Point& point : series.points) point.t_s += begin_s;
      all.series.push_back(std::move(series));
    }
    for (model::StackHistory& history : one.stacks) {
      history.stack.frames = {{model::ModuleId{1}, static_cast<uint64_t>(history.stack.id)}};
      history.stack.id =
          model::StackId(static_cast<int64_t>(history.stack.id) + 100 * static_cast<int64_t>(i));
      history.stack.target = id;
      history.observed_from_s += begin_s;
      for (model::StackPoint& point : history.points) point.t_s += begin_s;
      for (model::SurvivorBin& bin : history.survivors) {
        bin.born_from_s += begin_s;
        bin.born_to_s += begin_s;
      }
      all.stacks.push_back(std::move(history));
    }
    begin_s += length_s + 2;
  }
  all.run.duration_s = begin_s;
  return all;
}

RunSpec Short(std::vector<SampledBlocks> stacks) {
  return {30, 0.2, 1, 30 * kMiB, std::move(stacks)};
}

}  // namespace

TEST_CASE("processes that follow each other are a lineage, those beside each other are not") {
  model::RunData data;
  data.targets = {MakeTarget(10, 0, 100), MakeTarget(11, 102, 200), MakeTarget(12, 205, 300)};
  auto found = FindLineages(data);
  REQUIRE(found.size() == 1);
  CHECK(found[0].lives.size() == 3);
  CHECK(found[0].life_s == 98);
  CHECK(found[0].every_s == Approx(102.5));

  data.targets = {MakeTarget(10, 0, 300), MakeTarget(11, 0, 300), MakeTarget(12, 0, 300)};
  CHECK(FindLineages(data).empty());
}

TEST_CASE("workers that a master replaces are lineages without the master") {
  model::RunData data;
  data.targets.push_back(MakeTarget(10, 0, 1000));
  for (int slot = 0; slot < 2; ++slot) {
    for (int i = 0; i < 4; ++i) {
      data.targets.push_back(
          MakeTarget(20 + slot * 10 + i, 1 + slot + i * 200, slot + i * 200 + 195, 10));
    }
  }
  const auto found = FindLineages(data);
  REQUIRE(found.size() == 2);
  for (const analysis::Lineage& lineage : found) {
    CHECK(lineage.lives.size() == 4);
    for (const model::Target* life : lineage.lives) CHECK(life->parent_pid == 10);
  }
}

TEST_CASE("other programs, and lives of seconds, are not of it") {
  model::RunData data;
  data.targets = {MakeTarget(10, 0, 100), MakeTarget(11, 102, 200), MakeTarget(12, 205, 300),
                  MakeTarget(13, 301, 305)};
  data.targets[1].exe = "/usr/bin/another";
  CHECK(FindLineages(data).empty());
}

TEST_CASE("a leak that restarts hide is growth, and its stack is named") {
  const model::RunData data = Restarted(5, [](Rng& rng) {
    return Short({Churn(rng, 30, 40, 2), Leak(rng, 30, 2)});
  });
  const model::Verdict verdict = analysis::Analyze(data);
  CHECK(verdict.exit_code == model::ExitCode::kGrowth);
  CHECK(verdict.summary.find("lives; a restart every 32s hides it") != std::string::npos);
  INFO(verdict.summary);
  REQUIRE(verdict.stacks.size() == 1);
  CHECK(verdict.stacks[0].stack == model::StackId{402});  // of the last life
  CHECK(verdict.stacks[0].growth_bytes_per_hour ==
        Approx(2 * kInterval_bytes * 3600).epsilon(0.25));
  REQUIRE(verdict.lineages.size() == 1);
  CHECK(verdict.lineages[0].lives == 5);
  CHECK_FALSE(verdict.forecast);
}

TEST_CASE("a service that is restarted and healthy passes, though no life could be judged") {
  const model::RunData data = Restarted(5, [](Rng& rng) {
    return Short({Churn(rng, 30, 40, 2), Churn(rng, 30, 80, 1)});
  });
  const model::Verdict verdict = analysis::Analyze(data);
  INFO(verdict.summary);
  CHECK(verdict.exit_code == model::ExitCode::kPass);
  REQUIRE(verdict.lineages.size() == 1);
  CHECK(verdict.lineages[0].growth_class != GrowthClass::kGrowth);
}
