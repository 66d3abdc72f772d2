// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/compare_stacks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "bench/synthetic/stack_builds.h"
#include "bench/synthetic/stack_runs.h"

using namespace seep;
using namespace seep::analysis;
using model::StackChange;
using model::StackChangeClass;
using Path = std::vector<std::string>;

namespace {

// What is told of a path by a run of 100,000 requests with a sample each 128 KiB, exactly as
// expected.
struct Spec {
  Path path;
  double bytes_per_request;
  double live_bytes = 0;
  double growth_per_hour = 0;
};

constexpr double kRequests = 100'000;
constexpr double kInterval_bytes = 128 * 1024;
constexpr double kObject_bytes = 256;

model::RunSummary Run(const std::vector<Spec>& specs, double requests = kRequests) {
  model::RunSummary run;
  run.judged_s = 1800;
  run.requests = requests;
  for (const Spec& spec : specs) {
    model::StackSummary stack;
    for (const std::string& function : spec.path) stack.frames.push_back({function, "", 0, "app"});
    stack.alloc_bytes = spec.bytes_per_request * kRequests;
    stack.alloc_objects = stack.alloc_bytes / kObject_bytes;
    stack.alloc_samples = static_cast<uint64_t>(stack.alloc_bytes / kInterval_bytes);
    stack.live_bytes = spec.live_bytes;
    stack.live_bytes_se = std::sqrt(kInterval_bytes * spec.live_bytes);
    stack.live_objects = spec.live_bytes / kObject_bytes;
    stack.growth_bytes_per_hour = spec.growth_per_hour;
    stack.growth_low = 0.8 * spec.growth_per_hour;
    run.stacks.push_back(stack);
  }
  return run;
}

const Path kParse = {"Parse", "Read", "Handle", "Serve", "main"};
const Path kRender = {"Render", "Page", "Handle", "Serve", "main"};
const Path kQuery = {"Query", "Rows", "Handle", "Serve", "main"};
const Path kStore = {"Store", "Keep", "Handle", "Serve", "main"};

std::vector<Spec> Usual() {
  return {{kParse, 4000}, {kRender, 6000}, {kQuery, 8000}, {kStore, 2000, 2e8}};
}

std::vector<StackChange> Compare(const std::vector<Spec>& base, const std::vector<Spec>& run,
                                 size_t base_runs = 5) {
  const std::vector<model::RunSummary> runs(base_runs, Run(base));
  return CompareStacks(runs, Run(run));
}

const StackChange& Of(const std::vector<StackChange>& changes, const Path& path) {
  const auto found = std::ranges::find_if(changes, [&](const StackChange& change) {
    return std::ranges::equal(change.frames, path, {}, &model::SourceFrame::function);
  });
  REQUIRE(found != changes.end());
  return *found;
}

size_t Regressions(const std::vector<StackChange>& changes) {
  return static_cast<size_t>(std::ranges::count_if(changes, &StackChange::is_regression));
}

}  // namespace

TEST_CASE("a run like the others has no change") {
  const auto changes = Compare(Usual(), Usual());
  REQUIRE(changes.size() == 4);
  for (const StackChange& change : changes) {
    CHECK(change.change == StackChangeClass::kSame);
    CHECK_FALSE(change.is_regression);
    CHECK(change.is_per_request);
    CHECK(change.similarity == 1);
    CHECK(change.fingerprint == change.base_fingerprint);
  }
  CHECK(Of(changes, kRender).alloc_bytes == Approx(6000));
  CHECK(Of(changes, kStore).live_bytes == Approx(2e8));
}

TEST_CASE("a stack that allocates a fifth more is named first, and others are not") {
  auto more = Usual();
  more[1].bytes_per_request *= 1.2;
  const auto changes = Compare(Usual(), more);
  CHECK(Regressions(changes) == 1);
  const StackChange& grown = changes.front();
  CHECK(grown.change == StackChangeClass::kGrown);
  CHECK(grown.is_regression);
  CHECK(grown.frames.front().function == "Render");
  CHECK(grown.base_alloc_bytes == Approx(6000));
  CHECK(grown.alloc_bytes == Approx(7200));
  CHECK(grown.alloc_difference_low > 600);
  CHECK(grown.alloc_difference_high < 1800);
  CHECK(grown.p_value < 0.01);
  CHECK(grown.explanation.starts_with(
      "allocates 7.03 KiB a request, 20 % more than 5.86 KiB a request ("));
}

TEST_CASE("more in use at the end is a regression too") {
  auto more = Usual();
  more[3].live_bytes *= 1.5;
  const auto changes = Compare(Usual(), more);
  CHECK(Regressions(changes) == 1);
  CHECK(changes.front().change == StackChangeClass::kGrown);
  CHECK(changes.front().explanation.starts_with(
      "286 MiB in use at the end, 50 % more than 191 MiB ("));
}

TEST_CASE("what does not matter is no regression") {
  auto base = Usual();
  base.push_back({{"Tiny", "main"}, 40, 1e5});
  auto run = base;
  run[0].bytes_per_request *= 1.02;  // less than 3 %
  run[4].bytes_per_request *= 3;     // less than a hundredth of all
  run[4].live_bytes *= 3;            // less than 1 MiB
  CHECK(Regressions(Compare(base, run, 50)) == 0);
}

TEST_CASE("a new stack is a regression, a gone one is not") {
  auto more = Usual();
  more.push_back({{"Fresh", "Idea", "Other", "main"}, 1500});
  const auto added = Compare(Usual(), more);
  CHECK(Regressions(added) == 1);
  CHECK(added.front().change == StackChangeClass::kNew);
  CHECK(added.front().base_fingerprint.empty());
  CHECK(added.front().explanation.starts_with("new: allocates 1.46 KiB a request, 7.0 % of all"));
  const auto removed = Compare(more, Usual());
  CHECK(Regressions(removed) == 0);
  const StackChange& gone = Of(removed, {"Fresh", "Idea", "Other", "main"});
  CHECK(gone.change == StackChangeClass::kGone);
  CHECK(gone.fingerprint.empty());
  CHECK(gone.base_alloc_bytes == Approx(1500));
}

TEST_CASE("a stack of a few samples is neither new nor gone") {
  auto more = Usual();
  more.push_back({{"Rare", "main"}, 3});  // two samples
  const auto changes = Compare(Usual(), more);
  CHECK(Of(changes, {"Rare", "main"}).change == StackChangeClass::kSame);
  CHECK(Of(Compare(more, Usual()), {"Rare", "main"}).change == StackChangeClass::kSame);
}

TEST_CASE("a stack that leaks now is a regression, one that leaked before is not") {
  auto leaking = Usual();
  leaking[0].growth_per_hour = 3e6;
  const auto changes = Compare(Usual(), leaking);
  CHECK(Regressions(changes) == 1);
  CHECK(changes.front().explanation == "grows by 2.86 MiB/h, which it did not before");
  CHECK(Regressions(Compare(leaking, leaking)) == 0);
  auto worse = leaking;
  worse[0].growth_per_hour = 9e6;
  CHECK(Regressions(Compare(leaking, worse)) == 1);
  auto again = leaking;
  again[0].path[0] = "ParseAll";
  CHECK(Regressions(Compare(leaking, again)) == 0);  // moved, with its leak
}

TEST_CASE("the same allocations by another path have moved") {
  SECTION("a helper has another name") {
    auto run = Usual();
    run[1].path[0] = "Draw";
    const auto changes = Compare(Usual(), run);
    const StackChange& moved = Of(changes, run[1].path);
    CHECK(moved.change == StackChangeClass::kMoved);
    CHECK(moved.base_frames.front().function == "Render");
    CHECK(moved.similarity == Approx(0.8));
    CHECK(Regressions(changes) == 0);
    CHECK(changes.size() == 4);
  }
  SECTION("a layer between") {
    auto run = Usual();
    for (Spec& spec : run) spec.path.insert(spec.path.end() - 2, "Dispatch");
    const auto changes = Compare(Usual(), run);
    CHECK(changes.size() == 4);
    for (const StackChange& change : changes) CHECK(change.change == StackChangeClass::kMoved);
  }
  SECTION("leaf and layer at once") {
    auto run = Usual();
    run[2].path = {"ReadRow", "Rows", "Table", "Handle", "Serve", "main"};
    const auto changes = Compare(Usual(), run);
    CHECK(Of(changes, run[2].path).change == StackChangeClass::kMoved);
    CHECK(Regressions(changes) == 0);
  }
}

TEST_CASE("what moved and grew is a regression") {
  auto run = Usual();
  run[1].path[0] = "Draw";
  run[1].bytes_per_request *= 1.3;
  const auto changes = Compare(Usual(), run);
  CHECK(Regressions(changes) == 1);
  CHECK(changes.front().change == StackChangeClass::kGrown);
  CHECK(changes.front().base_fingerprint != changes.front().fingerprint);
}

TEST_CASE("a stack that is split in two is a shift") {
  auto run = Usual();
  run[2] = {{"Query", "Users", "Rows", "Handle", "Serve", "main"}, 4000};
  run.push_back({{"Query", "Orders", "Rows", "Handle", "Serve", "main"}, 4000});
  const auto changes = Compare(Usual(), run);
  CHECK(Regressions(changes) == 0);
  CHECK(std::ranges::count_if(changes, [](const StackChange& change) {
          return change.explanation.find("; a shift, no regression: under ") != std::string::npos;
        }) == 1);
  // Joined again: the other way round.
  CHECK(Regressions(Compare(run, Usual())) == 0);
}

TEST_CASE("what another part of the program saves excuses nothing") {
  auto run = Usual();
  run[0].bytes_per_request -= 1500;
  run[1].bytes_per_request += 1500;
  for (auto* spec : {&run[0], &run[1]}) REQUIRE(spec->path[2] == "Handle");
  // Both are under Handle, within three frames: a shift.
  CHECK(Regressions(Compare(Usual(), run)) == 0);
  auto base = Usual();
  base[1].path = run[1].path = {"Render", "Page", "Frame", "Serve", "main"};
  CHECK(Regressions(Compare(base, run)) == 1);
}

TEST_CASE("an allocator of the program is no place where one thing makes up for another") {
  std::vector<Spec> base;
  for (int i = 0; i < 12; ++i) {
    const std::string number = std::to_string(i);
    base.push_back({{"Allocate", "Use" + number, "Serve" + number, "main"}, 2000});
  }
  auto run = base;
  run[3].bytes_per_request += 1000;
  run[7].bytes_per_request -= 1000;
  const auto changes = Compare(base, run);
  CHECK(Regressions(changes) == 1);
  CHECK(changes.front().frames[1].function == "Use3");
}

TEST_CASE("without a load figures are per hour") {
  const std::vector<model::RunSummary> base(5, Run(Usual(), 0));
  auto more = Usual();
  more[1].bytes_per_request *= 1.3;
  const auto changes = CompareStacks(base, Run(more));
  CHECK_FALSE(changes.front().is_per_request);
  CHECK(changes.front().base_alloc_bytes == Approx(6000 * kRequests / 0.5));
  CHECK(Regressions(changes) == 1);
}

TEST_CASE("runs that were not judged for any time are left out") {
  std::vector<model::RunSummary> base(2, Run(Usual()));
  base.front().judged_s = 0;
  CHECK(CompareStacks(base, Run(Usual())).size() == 4);
  base.back().judged_s = 0;
  CHECK(CompareStacks(base, Run(Usual())).empty());
}

TEST_CASE("unchanged builds raise no alarm, and a grown stack is found") {
  size_t alarms = 0;
  size_t found = 0;
  size_t others = 0;
  constexpr size_t kPrograms = 40;
  for (uint64_t seed = 1; seed <= kPrograms; ++seed) {
    synthetic::Rng rng(seed);
    const synthetic::CallProgram program = synthetic::MakeCallProgram(rng, 200);
    std::vector<model::RunSummary> base;
    for (int i = 0; i < 5; ++i) base.push_back(synthetic::RunCallProgram(rng, program, 1e5));
    alarms += Regressions(CompareStacks(base, synthetic::RunCallProgram(rng, program, 1e5)));
    const size_t index = synthetic::PathOfShare(program, 0.1);
    const auto changes = CompareStacks(
        base, synthetic::RunCallProgram(rng, synthetic::Grow(program, index, 1.2), 1e5));
    const Path& path = program.paths[index].functions;
    const bool is_named = Of(changes, path).is_regression;
    found += is_named ? 1 : 0;
    others += Regressions(changes) - (is_named ? 1 : 0);
  }
  CHECK(alarms <= 1);
  CHECK(found >= kPrograms - 4);
  CHECK(others <= 3);
}
