// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/checks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "analysis/report/plain_text.h"
#include "analysis/report/sarif_rules.h"
#include "samples.h"

using namespace seep;
using namespace seep::report;

namespace {

size_t Count(const std::vector<Check>& checks, CheckOutcome outcome) {
  return static_cast<size_t>(std::count_if(
      checks.begin(), checks.end(), [&](const Check& check) { return check.outcome == outcome; }));
}

const Check& Find(const std::vector<Check>& checks, const std::string& name) {
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const Check& check) { return check.name == name; });
  INFO(name);
  REQUIRE(found != checks.end());
  return *found;
}

}  // namespace

TEST_CASE("growth fails the series and the stacks that it is seen in") {
  const Fixture fixture = LeakingRun();
  const std::vector<Check> checks = Checks(fixture.Input());
  CHECK(Find(checks, "verdict").outcome == CheckOutcome::kFailed);
  const Check& rss = Find(checks, "service: rss_swap");
  CHECK(rss.outcome == CheckOutcome::kFailed);
  CHECK(rss.rule == "growth");
  CHECK(rss.message.find("98.0 MiB per hour") != std::string::npos);
  CHECK(Find(checks, "service: fds").outcome == CheckOutcome::kPassed);
  const Check& stack = Find(checks,
                            "stack 8f9326ca5d3727ad, SessionTable::Remember(std::basic_string_view<"
                            "char, std::char_traits<char> >, std::chrono::time_point<std::chrono::"
                            "_V...");
  CHECK(stack.outcome == CheckOutcome::kFailed);
  CHECK(stack.fingerprint == "8f9326ca5d3727ad");
  CHECK(stack.frames.size() == 4);
}

TEST_CASE("checks agree with the exit code") {
  for (const Sample& sample : Samples()) {
    INFO(sample.name);
    const std::vector<Check> checks = Checks(sample.fixture.Input());
    const bool is_pass = sample.fixture.verdict.exit_code == model::ExitCode::kPass;
    const bool is_bad =
        Count(checks, CheckOutcome::kFailed) > 0 || Count(checks, CheckOutcome::kUndecided) > 0;
    CHECK(is_bad == !is_pass);
    CHECK(checks.front().kind == CheckKind::kVerdict);
  }
}

TEST_CASE("names are there once, without pids, and every rule is described") {
  for (const Sample& sample : Samples()) {
    INFO(sample.name);
    std::set<std::string> names;
    for (const Check& check : Checks(sample.fixture.Input())) {
      CHECK(names.insert(check.name).second);
      CHECK(check.name.find("4711") == std::string::npos);
      CHECK(OneLine(check.name) == check.name);
      CHECK(OneLine(check.message) == check.message);
      CHECK(Columns(check.message) <= 2000);
      CHECK(Rules()[IndexOfRule(check.rule)].id == check.rule);
    }
  }
}

TEST_CASE("growth that the policy knows is suppressed, not passed") {
  const std::vector<Check> checks = Checks(PassingRun().Input());
  CHECK(Count(checks, CheckOutcome::kSuppressed) == 3);  // a stack, and the series it explains
  CHECK(Count(checks, CheckOutcome::kFailed) == 0);
  CHECK(Find(checks, "service: heap_live").outcome == CheckOutcome::kSuppressed);
  // Only one side has it, and nobody needs it.
  CHECK(Find(checks, "fds.level compared with main").outcome == CheckOutcome::kSkipped);
}

TEST_CASE("a policy and a comparison fail by their parts") {
  const Fixture fixture = RegressedRun();
  const std::vector<Check> checks = Checks(fixture.Input());
  CHECK(Find(checks, "rss_swap.level compared with main").outcome == CheckOutcome::kFailed);
  CHECK(Find(checks, "heap_live.peak compared with main").outcome == CheckOutcome::kPassed);
  CHECK(Find(checks, "fds.level compared with main").outcome == CheckOutcome::kSkipped);
  CHECK(Find(checks, "regressed stack 0123456789abcdef, Cache::Insert(Key const&)").outcome ==
        CheckOutcome::kFailed);
  const Check& known = Find(checks, "regressed stack 1123456789abcdef, Index::Grow()");
  CHECK(known.outcome == CheckOutcome::kSuppressed);
  REQUIRE(known.suppression != nullptr);
  CHECK(known.suppression->owner == "memory-team");
  CHECK(Find(checks, "limit memory").outcome == CheckOutcome::kPassed);
  CHECK(Find(checks, "limit peak memory").outcome == CheckOutcome::kFailed);
  CHECK(Find(checks, "limit p99").outcome == CheckOutcome::kUndecided);
  CHECK(Find(checks, "suppression of 4123456789abcdef").outcome == CheckOutcome::kUndecided);
  CHECK(Find(checks, "suppression of 5123456789abcdef").outcome == CheckOutcome::kFailed);
  CHECK(Find(checks, "suppression of threads").outcome == CheckOutcome::kPassed);
}

TEST_CASE("a stack is no proof where one run is compared with one") {
  Fixture fixture = RegressedRun();
  fixture.verdict.exit_code = model::ExitCode::kInconclusive;
  fixture.verdict.comparison->anchors[0].change = model::ChangeClass::kProvisional;
  const std::vector<Check> checks = Checks(fixture.Input());
  CHECK(Find(checks, "regressed stack 0123456789abcdef, Cache::Insert(Key const&)").outcome ==
        CheckOutcome::kUndecided);
  CHECK(Find(checks, "regressed stack 1123456789abcdef, Index::Grow()").outcome ==
        CheckOutcome::kSuppressed);
}

TEST_CASE("a comparison that was not possible is undecided") {
  Fixture fixture = ProvisionalRun();
  fixture.verdict.comparison->shortage = "no baseline 'main'";
  const std::vector<Check> checks = Checks(fixture.Input());
  CHECK(Find(checks, "comparison").outcome == CheckOutcome::kUndecided);
  CHECK(Find(checks, "comparison").message == "no baseline 'main'");
  CHECK(std::ranges::none_of(checks, [](const Check& check) {
    return check.kind == CheckKind::kMetricChange || check.kind == CheckKind::kStackChange;
  }));
}
