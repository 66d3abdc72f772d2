// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <cmath>

#include "analysis/regression/feature_words.h"

namespace seep::report {
namespace {

constexpr double kKiB = 1024;
constexpr double kMiB = 1024 * kKiB;
constexpr int64_t kDay = 86'400'000'000'000;

model::MetricChange Metric(const char* feature, const char* title, model::ChangeClass change,
                           double base, double value) {
  model::MetricChange metric;
  metric.feature = feature;
  metric.title = title;
  metric.unit = "bytes";
  metric.baseline = "main";
  metric.change = change;
  metric.base = base;
  metric.value = value;
  metric.expected_low = 0.97 * base;
  metric.expected_high = 1.03 * base;
  metric.difference = value / base - 1;
  metric.floor = 0.05;
  metric.p_value = change == model::ChangeClass::kRegressed ? 0.0004 : 0.6;
  metric.base_runs = 5;
  return metric;
}

model::StackChange StackChange(model::StackChangeClass change, const char* fingerprint,
                               std::vector<model::SourceFrame> frames) {
  model::StackChange stack;
  stack.change = change;
  stack.fingerprint = fingerprint;
  stack.frames = std::move(frames);
  stack.is_per_request = true;
  stack.base_alloc_bytes = 4.9 * kKiB;
  stack.alloc_bytes = 5.2 * kKiB;
  stack.alloc_difference_low = 200;
  stack.alloc_difference_high = 400;
  stack.base_live_bytes = 10 * kMiB;
  stack.live_bytes = 12 * kMiB;
  stack.p_value = 0.0002;
  return stack;
}

model::Comparison Compare() {
  using enum model::StackChangeClass;
  const model::SourceFrame main{"main", "/build/app/src/main.cpp", 12, "service", false};
  model::Comparison comparison;
  comparison.anchors = {{"main", false, 5, {"1a2b3c4d5e6f7081"}, model::ChangeClass::kRegressed},
                        {"v1.2", true, 1, {}, model::ChangeClass::kProvisional}};
  comparison.metrics = {
      Metric("rss_swap.level", "resident memory, level", model::ChangeClass::kRegressed, 40 * kMiB,
             44.8 * kMiB),
      Metric("fds.level", "descriptors, level", model::ChangeClass::kUnknown, 0, 0),
      Metric("heap_live.level", "live heap, level", model::ChangeClass::kImproved, 30 * kMiB,
             20 * kMiB),
      Metric("heap_live.peak", "live heap, peak", model::ChangeClass::kSame, 35 * kMiB,
             35.1 * kMiB)};
  comparison.metrics[1].base.reset();
  comparison.metrics[1].unit = "fds";
  for (model::MetricChange& metric : comparison.metrics) {
    metric.explanation = analysis::ExplainChange(metric);
  }
  comparison.stacks = {
      StackChange(
          kGrown, "0123456789abcdef",
          {{"Cache::Insert(Key const&)", "/build/app/src/cache.cpp", 88, "service", false}, main}),
      StackChange(kNew, "1123456789abcdef",
                  {{"malloc", "", 0, "libc.so.6", false},
                   {"Index::Grow()", "/build/app/src/index.cpp", 0, "service", false},
                   main}),
      StackChange(kMoved, "2123456789abcdef",
                  {{"Parse(char const*)", "/build/app/src/parse.cpp", 5, "service", false}, main})};
  comparison.stacks[0].is_regression = comparison.stacks[1].is_regression = true;
  comparison.stacks[0].explanation = "allocates 5.20 KiB per request, 6 % more than 4.90 KiB";
  comparison.stacks[1].explanation = "new: allocates 5.20 KiB per request, 4 % of all";
  comparison.stacks[1].suppressed_by = 0;
  comparison.stacks[0].base_fingerprint = "0123456789abcdef";
  comparison.stacks[2].base_fingerprint = "3123456789abcdef";
  comparison.stacks[2].base_frames = {
      {"ParseHeader(char const*)", "/build/app/src/parse.cpp", 5, "service", false}, main};
  comparison.summary = "Regression: resident memory is 12 % higher, and 2 stacks allocate more.";
  return comparison;
}

model::SuppressionResult Suppressed(const char* fingerprint, const char* metric,
                                    model::SuppressionState state) {
  model::SuppressionResult result;
  result.suppression.line = 7;
  result.suppression.fingerprint = fingerprint;
  result.suppression.metric = metric;
  result.suppression.reason = "the session table fills for a week";
  result.suppression.owner = "memory-team";
  result.suppression.expires_at_ns = 1'700'000'000'000'000'000 + 30 * kDay;
  result.suppression.rate_per_hour = 80 * kMiB;
  result.state = state;
  result.rate_per_hour = 72 * kMiB;
  result.explanation = "covers growth of 72.0 MiB per hour, accepted up to 80.0 MiB per hour";
  return result;
}

model::LimitResult Limit(const char* name, model::LimitState state) {
  model::LimitResult result;
  result.limit.name = name;
  result.limit.line = 3;
  result.limit.feature = "rss_swap.peak";
  result.limit.most = 50 * kMiB;
  result.limit.most_change = 0.1;
  result.unit = "bytes";
  result.state = state;
  if (state != model::LimitState::kUnknown) result.value = 48 * kMiB;
  result.explanation = result.value ? "48.0 MiB, at most 50.0 MiB" : "not measured";
  return result;
}

model::PolicyVerdict Apply() {
  using enum model::SuppressionState;
  model::PolicyVerdict policy;
  policy.file = "seep.toml";
  policy.limits = {Limit("memory", model::LimitState::kHeld),
                   Limit("peak memory", model::LimitState::kBroken),
                   Limit("p99", model::LimitState::kUnknown)};
  policy.suppressions = {
      Suppressed("1123456789abcdef", "", kUsed), Suppressed("", "threads", kUnused),
      Suppressed("4123456789abcdef", "", kExpired), Suppressed("5123456789abcdef", "", kOutgrown)};
  return policy;
}

// Growth that no verdict speaks of any more.
void RemoveGrowth(model::Verdict& verdict) {
  verdict.growth_class = model::GrowthClass::kStable;
  verdict.stacks.clear();
  verdict.forecast.reset();
  verdict.forecasts.clear();
  for (model::SeriesVerdict& series : verdict.series) {
    series.growth_class = model::GrowthClass::kStable;
    series.is_finding = false;
  }
}

void Replace(std::vector<model::SourceFrame>& frames, const std::string& text) {
  for (model::SourceFrame& frame : frames) frame = {text, text, 3, text, true};
}

}  // namespace

Fixture RegressedRun() {
  Fixture fixture = LeakingRun();
  RemoveGrowth(fixture.verdict);
  fixture.verdict.exit_code = model::ExitCode::kRegression;
  fixture.verdict.comparison = Compare();
  fixture.verdict.policy = Apply();
  fixture.verdict.comparison->stacks[1].suppressed_by = 0;
  fixture.verdict.summary = fixture.verdict.comparison->summary;
  fixture.source_roots = {"/build/app"};
  return fixture;
}

Fixture PassingRun() {
  Fixture fixture = LeakingRun();
  fixture.verdict.exit_code = model::ExitCode::kPass;
  fixture.verdict.summary = "Pass: what grows is known, and nothing is worse than in main.";
  const std::string known = "8f9326ca5d3727ad";  // of the first stack of LeakingRun
  fixture.verdict.stacks.resize(1);
  fixture.verdict.stacks[0].suppressed_by = 0;
  for (model::SeriesVerdict& series : fixture.verdict.series) {
    if (series.is_finding) series.suppressed_by = 0;
  }
  fixture.verdict.policy = model::PolicyVerdict{"seep.toml", {}, {}};
  fixture.verdict.policy->suppressions = {
      Suppressed(known.c_str(), "", model::SuppressionState::kUsed)};
  fixture.verdict.stacks[0].suppressed_by = 0;
  fixture.verdict.comparison = Compare();
  model::Comparison& comparison = *fixture.verdict.comparison;
  comparison.summary = "Nothing is worse than in main.";
  comparison.anchors.resize(1);
  comparison.anchors[0].change = model::ChangeClass::kSame;
  comparison.metrics.erase(comparison.metrics.begin());
  comparison.stacks.erase(comparison.stacks.begin(), comparison.stacks.begin() + 2);
  return fixture;
}

Fixture ProvisionalRun() {
  Fixture fixture = RegressedRun();
  fixture.verdict.exit_code = model::ExitCode::kInconclusive;
  fixture.verdict.summary = "Inconclusive: the baseline has one run; a change cannot be told.";
  model::Comparison& comparison = *fixture.verdict.comparison;
  comparison.stacks.clear();
  comparison.metrics.resize(1);
  comparison.metrics[0].change = model::ChangeClass::kProvisional;
  comparison.metrics[0].base_runs = 1;
  comparison.summary = "Perhaps worse: run it again.";
  fixture.verdict.policy->limits.resize(1);
  fixture.verdict.policy->suppressions = {
      Suppressed("4123456789abcdef", "", model::SuppressionState::kExpired)};
  return fixture;
}

std::string HostileText() {
  return std::string("evil\n\r\x1b[31m\"q'\t\xff\xc0\xaf\0\x7f", 20) +
         "\xef\xbf\xbf\xe2\x80\xae</script></pre></code><b onclick=x>&lt;]]><!-- {0} "
         "[l](http://x.y)"
         " ![i](//x.y/z.png) @user @org/team #123 !45 GH-6 www.x.org http://x.org `c``d ~~~ ``` | "
         "a "
         "|\n# h\n- i\n</details>\\|$1 %2 &3 ~4 :+1: _e_ *f* \\";
}

Fixture HostileRun(const std::string& text) {
  Fixture fixture = RegressedRun();
  const Fixture leaking = LeakingRun();
  fixture.verdict.stacks = leaking.verdict.stacks;
  fixture.verdict.series = leaking.verdict.series;
  fixture.verdict.exit_code = model::ExitCode::kGrowth;
  model::Run& run = fixture.data.run;
  run.name = run.host = run.seep_version = text;
  run.command = {text, text};
  for (model::Target& target : fixture.data.targets) {
    target.exe = target.command_line = target.probe = text;
  }
  for (model::Event& event : fixture.data.events) event.kind = event.message = text;
  fixture.data.events.push_back({1, "coverage", text});
  for (model::Module& module : fixture.data.modules) module.path = text;
  model::Verdict& verdict = fixture.verdict;
  verdict.confidence_reason = verdict.summary = text;
  verdict.warnings = fixture.warnings = {text, text};
  for (model::SeriesVerdict& series : verdict.series) {
    series.metric = series.unit = series.explanation = text;
  }
  verdict.series[2].growth_class = model::GrowthClass::kDrift;
  verdict.series[2].is_finding = true;
  verdict.series[2].target = model::TargetId{};
  verdict.series[2].drift = model::DriftFigures{.source = text, .operation = text};
  for (model::StackVerdict& stack : verdict.stacks) stack.explanation = text;
  for (auto& [id, frames] : fixture.frames) Replace(frames, text);
  for (model::AttributionPart& part : verdict.attribution) part.name = text;
  for (model::Anchor& anchor : verdict.comparison->anchors) {
    anchor.name = text;
    anchor.builds = {text};
  }
  for (model::MetricChange& metric : verdict.comparison->metrics) {
    metric.feature = metric.title = metric.unit = metric.baseline = metric.explanation = text;
  }
  for (model::StackChange& stack : verdict.comparison->stacks) {
    stack.explanation = text;
    Replace(stack.frames, text);
    Replace(stack.base_frames, text);
  }
  verdict.comparison->summary = text;
  verdict.policy->file = text;
  for (model::LimitResult& result : verdict.policy->limits) {
    result.limit.name = result.limit.feature = result.unit = result.explanation = text;
  }
  for (model::SuppressionResult& result : verdict.policy->suppressions) {
    result.suppression.reason = result.suppression.owner = result.explanation = text;
    if (result.suppression.fingerprint.empty()) result.suppression.metric = text;
  }
  fixture.source_roots = {"/" + text};
  return fixture;
}

Fixture LargeRun() {
  constexpr size_t kStacks = 400;
  constexpr size_t kLong = 5;  // of them
  constexpr size_t kFigures = 2000;
  constexpr size_t kPoints = 17'280;
  Fixture fixture = RegressedRun();
  model::Comparison& comparison = *fixture.verdict.comparison;
  const std::string long_name = "Table<" + std::string(10'000, 'x') + ">::Insert";
  const model::StackChange stack = comparison.stacks.front();
  for (size_t i = 0; i < kStacks; ++i) {
    comparison.stacks.push_back(stack);
    comparison.stacks.back().fingerprint = "f" + std::to_string(1'000'000 + i);
    comparison.stacks.back().frames.assign(150, {i < kLong ? long_name : "Table::Insert",
                                                 "/build/app/src/table.cpp", 7, "service", false});
  }
  for (size_t i = 0; i < kFigures; ++i) {
    comparison.metrics.push_back(comparison.metrics.front());
    comparison.metrics.back().title += " of " + std::to_string(i);
  }
  for (model::SeriesData& series : fixture.data.series) {
    series.points.clear();
    for (size_t i = 0; i < kPoints; ++i) {
      series.points.push_back({5.0 * static_cast<double>(i),
                               40 * kMiB + 1000 * std::sin(0.1 * static_cast<double>(i))});
    }
  }
  return fixture;
}

std::vector<Sample> Samples() {
  Fixture rooted = LeakingRun();
  rooted.source_roots = {"/work/service"};
  return {{"growth", LeakingRun()},
          {"rooted", rooted},
          {"regression", RegressedRun()},
          {"pass", PassingRun()},
          {"provisional", ProvisionalRun()},
          {"empty", Fixture{}},
          {"hostile", HostileRun(HostileText())},
          {"hostile_long", HostileRun(HostileText() + std::string(10'000, 'x'))},
          {"large", LargeRun()}};
}

}  // namespace seep::report
