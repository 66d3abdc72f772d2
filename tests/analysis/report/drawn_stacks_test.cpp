// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/drawn_stacks.h"

#include <catch2/catch.hpp>

#include "analysis/report/html_stacks.h"
#include "report_fixture.h"

using namespace seep;
using namespace seep::report;
using Json = nlohmann::ordered_json;

namespace {

// In use from the start on, and at the end.
model::StackHistory Holding(int64_t id, double at_first, double at_last) {
  model::StackHistory history;
  history.stack.id = model::StackId{id};
  history.stack.target = model::TargetId{1};
  history.stack.frames = {{model::ModuleId{1}, static_cast<uint64_t>(id)}};
  for (const auto& [t_s, bytes] : {std::pair{10.0, at_first}, {600.0, at_last}}) {
    model::StackPoint point;
    point.t_s = t_s;
    point.live_bytes = bytes;
    history.points.push_back(point);
  }
  return history;
}

// Without stacks of its own; snapshots from 10 s to 600 s.
Fixture WithoutStacks() {
  Fixture fixture = LeakingRun();
  fixture.data.stacks.clear();
  fixture.verdict.stacks.clear();
  return fixture;
}

std::vector<int64_t> Ids(const StacksToDraw& chosen) {
  std::vector<int64_t> ids;
  for (const DrawnStack& stack : chosen.drawn) {
    ids.push_back(static_cast<int64_t>(stack.history->stack.id));
  }
  return ids;
}

}  // namespace

TEST_CASE("stacks are drawn that hold or gained what matters, the rest is told as a sum") {
  Fixture fixture = WithoutStacks();
  fixture.data.stacks = {Holding(1, 1000, 1000), Holding(2, 0, 500), Holding(3, 500, 0),
                         Holding(4, 1, 1), Holding(5, 2, 2)};
  const StacksToDraw chosen = ChooseStacks(fixture.data, fixture.verdict);
  CHECK(Ids(chosen) == std::vector<int64_t>{1, 2, 3});
  CHECK(chosen.drawn[1].gained_bytes == 500);
  CHECK(chosen.drawn[2].gained_bytes == -500);
  CHECK(chosen.drawn[2].live_bytes == 0);
  CHECK(chosen.rest.at(model::TargetId{1}).stacks == 2);
  CHECK(chosen.rest.at(model::TargetId{1}).live_bytes == 3);
  // The first snapshot after a quarter of the run.
  CHECK(chosen.judged.at(model::TargetId{1}).begin_s == 150);
  CHECK(chosen.judged.at(model::TargetId{1}).end_s == 600);
}

TEST_CASE("stacks of the verdict are drawn, however little they hold") {
  Fixture fixture = WithoutStacks();
  fixture.data.stacks = {Holding(1, 1e9, 1e9), Holding(2, 1, 2)};
  fixture.verdict.stacks = LeakingRun().verdict.stacks;
  fixture.verdict.stacks.resize(1);
  fixture.verdict.stacks[0].stack = model::StackId{2};
  CHECK(Ids(ChooseStacks(fixture.data, fixture.verdict)) == std::vector<int64_t>{2, 1});
  FrameTable table;
  const Json data = StacksData(fixture.Input(), table);
  CHECK(data["list"][0]["rank"] == 1);
  CHECK(data["list"][1]["rank"] == 0);
}

TEST_CASE("there is a bound on the stacks that are drawn") {
  Fixture fixture = WithoutStacks();
  for (int64_t i = 1; i <= 7000; ++i) fixture.data.stacks.push_back(Holding(i, 100, 100));
  const StacksToDraw chosen = ChooseStacks(fixture.data, fixture.verdict);
  CHECK(chosen.drawn.size() == kMostDrawnStacks);
  CHECK(chosen.rest.at(model::TargetId{1}).stacks == 2000);
}

TEST_CASE("what an image held before an exec is gone") {
  Fixture fixture = WithoutStacks();
  fixture.data.stacks = {Holding(1, 1000, 1000), Holding(2, 10, 10)};
  fixture.data.stacks[1].stack.ledger = 1;
  CHECK(Ids(ChooseStacks(fixture.data, fixture.verdict)) == std::vector<int64_t>{2});
}

TEST_CASE("one look at a heap has no growth") {
  Fixture fixture = WithoutStacks();
  fixture.data.stacks = {Holding(1, 0, 10)};
  fixture.data.series[1].points.resize(1);
  const StacksToDraw chosen = ChooseStacks(fixture.data, fixture.verdict);
  REQUIRE(chosen.drawn.size() == 1);
  CHECK(!chosen.drawn[0].gained_bytes);
  CHECK(chosen.judged.empty());
}

TEST_CASE("frames and strings are in the table once") {
  FrameTable table;
  const model::SourceFrame inner{"f", "a.cpp", 3, "service", true};
  const model::SourceFrame outer{"main", "a.cpp", 9, "service", false};
  CHECK(table.Add({inner, outer}) == std::vector<size_t>{0, 1});
  CHECK(table.Add({outer, outer}) == std::vector<size_t>{1, 1});
  const Json data = table.Data();
  CHECK(data["strings"] == Json({"f", "a.cpp", "service", "main"}));
  CHECK(data["function"] == Json({0, 3}));
  CHECK(data["file"] == Json({1, 1}));
  CHECK(data["line"] == Json({3, 9}));
  CHECK(data["inlined"] == Json({1, 0}));
}
