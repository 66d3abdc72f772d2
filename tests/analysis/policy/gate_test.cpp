// SPDX-License-Identifier: Apache-2.0
// The order of docs/regression.md: growth, regression, limit or drift, what cannot be judged, pass.
#include "analysis/gate.h"

#include <catch2/catch.hpp>

#include "policy_fixture.h"

using namespace seep;
using namespace seep::analysis;
using model::ChangeClass;
using model::ExitCode;

namespace {

model::LimitResult LimitIn(model::LimitState state) {
  model::LimitResult result;
  result.limit.name = "peak_rss";
  result.state = state;
  result.explanation = "3 GiB, at most 2 GiB";
  return result;
}

model::MetricChange Change(ChangeClass change) {
  model::MetricChange metric;
  metric.feature = "heap_live.level";
  metric.change = change;
  return metric;
}

model::Comparison ComparisonOf(std::vector<model::MetricChange> metrics) {
  model::Comparison comparison;
  comparison.anchors.push_back({.name = "main", .runs = 10, .builds = {}});
  const bool is_worse = !metrics.empty() && metrics.front().change == ChangeClass::kRegressed;
  comparison.metrics = std::move(metrics);
  comparison.summary = is_worse ? "Regression: the live heap." : "No regression.";
  return comparison;
}

// Everything that a gate may find, each part on request.
struct Parts {
  bool grows = false;
  bool regressed = false;
  bool limit_broken = false;
  bool drifts = false;
  bool unknown = false;
};

model::Verdict VerdictOf(const Parts& parts) {
  model::Verdict verdict = (parts.grows ? MakeLeakingRun() : MakeHealthyRun()).verdict;
  verdict.policy.emplace();
  verdict.comparison =
      ComparisonOf({Change(parts.regressed ? ChangeClass::kRegressed : ChangeClass::kSame)});
  if (parts.limit_broken) verdict.policy->limits.push_back(LimitIn(model::LimitState::kBroken));
  if (parts.unknown) verdict.policy->limits.push_back(LimitIn(model::LimitState::kUnknown));
  if (parts.drifts) {
    model::SeriesVerdict& series = verdict.series.emplace_back();
    series.metric = model::metric::kLatencyP99;
    series.unit = "seconds";
    series.is_finding = true;
    series.usable_s = 3600;
    series.drift.emplace();
    series.drift->from = 0.1;
    series.drift->to = 0.2;
    if (!parts.grows) {
      verdict.exit_code = ExitCode::kLimit;
      verdict.growth_class = model::GrowthClass::kDrift;
    }
  }
  Decide(verdict);
  return verdict;
}

}  // namespace

TEST_CASE("without comparison and policy the verdict stays as it is") {
  model::Verdict verdict = MakeLeakingRun().verdict;
  const std::string summary = verdict.summary;
  Decide(verdict);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  CHECK(verdict.summary == summary);
}

TEST_CASE("the first that holds decides") {
  CHECK(VerdictOf({true, true, true, true, true}).exit_code == ExitCode::kGrowth);
  CHECK(VerdictOf({false, true, true, true, true}).exit_code == ExitCode::kRegression);
  CHECK(VerdictOf({false, false, true, false, true}).exit_code == ExitCode::kLimit);
  CHECK(VerdictOf({false, false, false, true, true}).exit_code == ExitCode::kLimit);
  CHECK(VerdictOf({false, false, false, false, true}).exit_code == ExitCode::kInconclusive);
  CHECK(VerdictOf({}).exit_code == ExitCode::kPass);
}

TEST_CASE("the summary says what decided, and limits that are broken beside it") {
  CHECK(VerdictOf({true, false, true, false, false})
            .summary.ends_with(" Limits broken: peak_rss (3 GiB, at most 2 GiB)."));
  CHECK(VerdictOf({false, true, false, false, false}).summary == "Regression: the live heap.");
  CHECK(VerdictOf({false, false, true, false, false}).summary ==
        "Limits broken: peak_rss (3 GiB, at most 2 GiB).");
  CHECK(VerdictOf({false, false, false, false, true})
            .summary.starts_with("Inconclusive: limits that nothing can be said of: peak_rss"));
  CHECK(VerdictOf({}).summary == "No growth. No regression.");
}

TEST_CASE("one baseline run alone is no proof") {
  model::Verdict verdict = MakeHealthyRun().verdict;
  verdict.comparison = ComparisonOf({Change(ChangeClass::kProvisional)});
  SECTION("of a metric") {
    Decide(verdict);
    CHECK(verdict.exit_code == ExitCode::kInconclusive);
  }
  SECTION("of a stack") {
    verdict.comparison->metrics.clear();
    verdict.comparison->stacks.emplace_back().is_regression = true;
    const auto change = GENERATE(ChangeClass::kProvisional, ChangeClass::kRegressed);
    verdict.comparison->anchors[0].change = change;
    Decide(verdict);
    CHECK(verdict.exit_code ==
          (change == ChangeClass::kProvisional ? ExitCode::kInconclusive : ExitCode::kRegression));
  }
}

TEST_CASE("a comparison that was not possible is no pass") {
  model::Verdict verdict = MakeHealthyRun().verdict;
  // However much worse it looks.
  verdict.comparison = ComparisonOf({Change(ChangeClass::kRegressed)});
  verdict.comparison->shortage = "the baseline is of another workload";
  Decide(verdict);
  CHECK(verdict.exit_code == ExitCode::kInconclusive);
  CHECK(verdict.summary == "Inconclusive: the baseline is of another workload.");
}

TEST_CASE("too little data stays inconclusive behind suppressed growth") {
  LeakingRun run = MakeLeakingRun();
  run.verdict.shortage = "too little data of main (pid 1)";
  run.Apply({.file = "p.toml", .limits = {}, .suppressions = {OfStack(run.Fingerprint("Leak"))}});
  CHECK(run.verdict.exit_code == ExitCode::kInconclusive);
  CHECK(run.verdict.growth_class == model::GrowthClass::kInsufficientData);
}

TEST_CASE("growth that stands in no list cannot be suppressed") {
  model::Verdict verdict = MakeHealthyRun().verdict;
  verdict.exit_code = ExitCode::kGrowth;
  verdict.policy.emplace();
  Decide(verdict);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
}

TEST_CASE("beside a known regression another one is named") {
  LeakingRun run = MakeHealthyRun();
  run.verdict.comparison =
      ComparisonOf({Change(ChangeClass::kRegressed), Change(ChangeClass::kRegressed)});
  run.verdict.comparison->metrics[1].feature = "fds.level";
  run.verdict.comparison->metrics[1].title = "open descriptors";
  run.Apply({.file = "", .limits = {}, .suppressions = {OfMetric("heap_live.level")}});
  CHECK(run.verdict.exit_code == ExitCode::kRegression);
  CHECK(run.verdict.summary == "Regression: open descriptors; others are suppressed.");
}

TEST_CASE("a known regression passes, a known drift too") {
  LeakingRun run = MakeHealthyRun();
  SECTION("of a figure") {
    run.verdict.comparison = ComparisonOf({Change(ChangeClass::kRegressed)});
    run.Apply({.file = "", .limits = {}, .suppressions = {OfMetric("heap_live.level")}});
  }
  SECTION("of a stack") {
    run.AddStack(1, "Leak", 100);
    model::StackChange change;
    change.is_regression = true;
    change.frames = run.frames.begin()->second;
    run.verdict.stacks.clear();
    run.verdict.comparison = ComparisonOf({});
    run.verdict.comparison->stacks = {change};
    run.Apply({.file = "", .limits = {}, .suppressions = {OfStack(run.Fingerprint("Leak"))}});
  }
  SECTION("of latency") {
    run.verdict = VerdictOf({.drifts = true});
    run.Apply({.file = "", .limits = {}, .suppressions = {OfMetric("latency_p99")}});
  }
  CHECK(run.verdict.exit_code == ExitCode::kPass);
}
