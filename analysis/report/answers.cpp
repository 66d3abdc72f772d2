// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/answers.h"

#include "analysis/report/coverage.h"
#include "analysis/report/findings.h"
#include "analysis/report/load_text.h"
#include "analysis/report/lookup.h"
#include "analysis/report/phrases.h"
#include "analysis/series/metric_kind.h"
#include "analysis/summary.h"
#include "analysis/target_findings.h"
#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

namespace metric = model::metric;

constexpr double kLeast_s = 45;  // of a run that gives a verdict (README)

AnswerList PassAnswers(const ReportInput& input) {
  AnswerList answers;
  answers.push_back({"How sure", HowSure(input.verdict)});
  const model::SeriesVerdict* rss = SubjectSeries(input, metric::kRssSwap);
  const model::Target* target = FindTarget(input.data, input.verdict.attributed_target);
  if (rss != nullptr && target != nullptr) {
    const double started_s = static_cast<double>(input.data.run.started_at_ns) / 1e9;
    const std::string since =
        SinceWhen(*rss, target->first_seen_s, target->last_seen_s, started_s, "watching began");
    if (!since.empty()) answers.push_back({"Since when", since});
  }
  answers.push_back({"Smallest seen", SmallestSeen(input)});
  answers.push_back({"What will happen", GoesOn(input.verdict.growth_class)});
  return answers;
}

const TargetCoverage* CoverageOf(const std::vector<TargetCoverage>& all, model::TargetId id) {
  for (const TargetCoverage& coverage : all) {
    if (coverage.target->id == id) return &coverage;
  }
  return all.empty() ? nullptr : &all.front();
}

// What a verdict needs and what there is, side by side.
AnswerList InconclusiveAnswers(const ReportInput& input) {
  const std::vector<TargetCoverage> all = MeasureCoverage(input.data);
  const TargetCoverage* coverage = CoverageOf(all, input.verdict.attributed_target);
  if (coverage == nullptr) {
    return {{"What is missing", "a process that lives"},
            {"What to do",
             "start the program under seep (seep run -- CMD), or name one that runs (seep attach "
             "PID)"}};
  }
  if (coverage->ticks == 0 && coverage->snapshots <= 1) {
    return {{"What is missing", "time: one look shows what is in use, not whether it becomes more"},
            {"What to do",
             "watch it for 45 s or more while it runs: seep attach PID, or seep run -- CMD; until "
             "then look first at stacks that are in use from every part of its life"}};
  }
  const model::Target& target = *coverage->target;
  const double lived_s = target.last_seen_s - target.first_seen_s;
  const bool has_probe = target.probe == "active";
  const std::string snapshots = std::to_string(analysis::kFewestSnapshots);
  const std::string missing =
      model::FormatDuration(kLeast_s) + ", 12 values of its memory without large holes" +
      (has_probe ? " and " + snapshots + " heap snapshots" : "") + " are the least; of " +
      TargetName(input.data, target.id) + " there are " + model::FormatDuration(lived_s) + ", " +
      std::to_string(coverage->ticks) + " values (" + std::to_string(coverage->expected_ticks) +
      " were due)" +
      (has_probe ? " and " + std::to_string(coverage->snapshots) + " snapshots" : "");
  constexpr double kFewTicks = 0.9;  // a hole of 10 % gives no verdict (docs/analysis.md)
  std::string remedy = "watch it again, and longer";
  if (lived_s < kLeast_s) {
    remedy =
        "watch it longer: with --duration 90s, or until it has done enough work; 30m and more find "
        "slower leaks";
  } else if (static_cast<double>(coverage->ticks) <
             kFewTicks * static_cast<double>(coverage->expected_ticks)) {
    remedy =
        "watch it again, and see that neither seep nor the machine is stopped in between (suspend, "
        "SIGSTOP, no CPU left)";
  } else if (has_probe && coverage->snapshots < analysis::kFewestSnapshots) {
    remedy = "watch it longer, or take heap snapshots closer together (--snapshot 5s)";
  }
  return {{"What is missing", missing}, {"What to do", remedy}};
}

}  // namespace

std::string HowSure(const model::Verdict& verdict) {
  return verdict.confidence +
         (verdict.confidence_reason.empty() ? "" : ": " + verdict.confidence_reason);
}

std::string SmallestSeen(const ReportInput& input) {
  const double at_one_place = input.verdict.detectable_per_hour;
  std::string growth;
  const auto add = [&growth](const std::string& what) {
    growth += (growth.empty() ? "" : ", ") + what;
  };
  // Without heap data the two are the same figure.
  const model::SeriesVerdict* rss = SubjectSeries(input, metric::kRssSwap);
  if (rss == nullptr || rss->detectable_per_hour != at_one_place) {
    add("a leak of " + analysis::Rate(at_one_place) + " at one place of the program");
  }
  for (const char* name : {metric::kRssSwap, metric::kFds, metric::kThreads}) {
    const model::SeriesVerdict* series = SubjectSeries(input, name);
    if (series == nullptr || series->is_finding || !(series->detectable_per_hour > 0)) continue;
    const std::string what = analysis::MetricInWords(name);
    add(series->unit == "bytes"
            ? what + " that rises by " + analysis::Rate(series->detectable_per_hour)
            : model::FormatQuantity(series->detectable_per_hour, "") + " " + what + " per hour");
  }
  return SmallestSeen(growth);
}

AnswerList AnswersOf(const ReportInput& input) {
  if (input.verdict.growth_class == model::GrowthClass::kInsufficientData) {
    return InconclusiveAnswers(input);
  }
  if (input.verdict.growth_class == model::GrowthClass::kDrift) return DriftAnswers(input);
  if (model::IsGrowth(input.verdict.growth_class) ||
      input.verdict.growth_class == model::GrowthClass::kRatchet) {
    return GrowthAnswers(input);
  }
  return PassAnswers(input);
}

}  // namespace seep::report
