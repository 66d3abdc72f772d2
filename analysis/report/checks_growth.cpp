// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "analysis/drift_words.h"
#include "analysis/regression/stack_key.h"
#include "analysis/report/checks_parts.h"
#include "analysis/report/lookup.h"
#include "analysis/report/phrases.h"
#include "analysis/report/text_lines.h"
#include "analysis/report/where_from.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using model::SeriesVerdict;

// Growth counts when the verdict says so; else what rises is harmless, or covered.
bool DoesGrowthCount(const model::Verdict& verdict) {
  return verdict.exit_code == model::ExitCode::kGrowth;
}

// Without "fds" and the like, which are said with the number.
std::string Who(const ReportInput& input, const SeriesVerdict& series) {
  if (series.target == model::TargetId{}) return "all processes";
  const model::Target* target = FindTarget(input.data, series.target);
  return target != nullptr ? model::ProgramName(*target) : "unknown process";
}

std::string Figures(const SeriesVerdict& series) {
  const std::string level = "level " + model::FormatQuantity(series.level, series.unit);
  if (series.growth_class == model::GrowthClass::kInsufficientData) return series.explanation;
  std::string words = std::string(model::ToString(series.growth_class)) + ": ";
  words += HowFast(series) + "; " + level + " after warm-up, " + std::to_string(series.points) +
           " points";
  return series.explanation.empty() ? words : words + "; " + series.explanation;
}

std::string RuleOf(const SeriesVerdict& series) {
  if (series.growth_class == model::GrowthClass::kInsufficientData) return "insufficient-data";
  if (series.growth_class == model::GrowthClass::kStaircase) return "staircase";
  return series.drift ? "drift" : "growth";
}

Check OfSeries(const ReportInput& input, const SeriesVerdict& series) {
  Check check;
  check.kind = CheckKind::kSeries;
  check.rule = RuleOf(series);
  check.target = series.target;
  check.series = &series;
  if (series.drift) {
    const std::string& operation = series.drift->operation;
    check.name = series.metric + " of " + (operation.empty() ? "all answers" : operation) + ", " +
                 series.drift->source;
    check.message = series.is_finding ? analysis::DescribeDrift(series) : series.explanation;
  } else {
    check.name = Who(input, series) + ": " + series.metric;
    check.message = analysis::MetricInWords(series.metric) + " of " +
                    (series.target == model::TargetId{} ? "all processes together"
                                                        : TargetName(input.data, series.target)) +
                    ": " + Figures(series);
  }
  const bool is_bad = series.drift || model::IsGrowth(series.growth_class);
  const bool does_count = series.drift || DoesGrowthCount(input.verdict);
  const model::Suppression* suppression = SuppressionAt(input.verdict, series.suppressed_by);
  if (series.growth_class == model::GrowthClass::kInsufficientData) {
    check.outcome = CheckOutcome::kUndecided;
  } else if (series.is_finding && is_bad && (does_count || suppression != nullptr)) {
    SetFailed(suppression, check);
  }
  return check;
}

Check OfStarts(const ReportInput& input, const model::LineageVerdict& lineage,
               const model::RisingStarts& starts) {
  const std::string name = TargetName(input.data, lineage.target);
  const std::string program = name.substr(0, name.rfind(" (pid "));
  Check check;
  check.kind = CheckKind::kSeries;
  check.rule = "rising-starts";
  check.target = lineage.target;
  check.name = program + ": " + starts.metric + " at each start";
  check.message = program + " begins with more " + analysis::MetricInWords(starts.metric) +
                  " at each start: " + Quantity(starts.rise, starts.unit) + " over " +
                  std::to_string(starts.starts) + " starts, " +
                  Quantity(starts.slope_per_hour, starts.unit) + " per hour";
  const model::Suppression* suppression = SuppressionAt(input.verdict, starts.suppressed_by);
  if (DoesGrowthCount(input.verdict) || suppression != nullptr) SetFailed(suppression, check);
  return check;
}

Check OfStack(const ReportInput& input, const model::StackVerdict& stack) {
  Check check;
  check.kind = CheckKind::kStack;
  check.rule = stack.growth_class == model::GrowthClass::kStaircase ? "staircase" : "growth";
  check.target = stack.target;
  check.frames = StackFrames(input, stack.stack);
  check.fingerprint = analysis::Fingerprint(check.frames);
  check.name = StackName(check.fingerprint, check.frames);
  check.message =
      std::string(stack.kind == model::StackKind::kMapping ? "mapped memory" : "heap") +
      " allocated here grows by " + model::FormatBytesPerHour(stack.growth_bytes_per_hour) +
      " (at least " + model::FormatBytesPerHour(stack.ci_low) + "), " + Percent(stack.share) +
      " of the growth of " + TargetName(input.data, stack.target) + ", " +
      Estimate(stack.live_bytes, stack.live_bytes_se) + " in use; from " + Place(check.frames);
  const model::Suppression* suppression = SuppressionAt(input.verdict, stack.suppressed_by);
  if (DoesGrowthCount(input.verdict) || suppression != nullptr) SetFailed(suppression, check);
  return check;
}

}  // namespace

void AddGrowthChecks(const ReportInput& input, std::vector<Check>& checks) {
  // Those that are not judged by themselves would be a hundred tests that cannot fail.
  for (const SeriesVerdict& series : input.verdict.series) {
    if (!series.is_informational) checks.push_back(OfSeries(input, series));
  }
  for (const SeriesVerdict& series : input.verdict.service) {
    if (!series.is_informational) checks.push_back(OfSeries(input, series));
  }
  for (const model::LineageVerdict& lineage : input.verdict.lineages) {
    for (const model::RisingStarts& starts : lineage.starts) {
      if (starts.is_finding) checks.push_back(OfStarts(input, lineage, starts));
    }
  }
  for (const model::StackVerdict& stack : input.verdict.stacks) {
    checks.push_back(OfStack(input, stack));
  }
}

}  // namespace seep::report
