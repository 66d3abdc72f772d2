// SPDX-License-Identifier: Apache-2.0
// A job summary or a comment: verdict and first finding on the first lines, then findings with
// their course, then what a reviewer may want to open.
#include <algorithm>

#include "analysis/regression/feature_words.h"
#include "analysis/report/checks.h"
#include "analysis/report/comparison_words.h"
#include "analysis/report/markdown_text.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/policy_words.h"
#include "analysis/report/report.h"
#include "analysis/report/sparkline.h"
#include "analysis/report/tables.h"
#include "analysis/report/text_lines.h"
#include "analysis/series/find_series.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr size_t kSparkColumns = 40;

const char* Sign(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kPassed:
      return "✅";
    case CheckOutcome::kFailed:
      return "❌";
    case CheckOutcome::kUndecided:
      return "⚠️";
    case CheckOutcome::kSkipped:
    case CheckOutcome::kSuppressed:
      break;
  }
  return "➖";
}

bool IsBad(const Check& check) {
  return check.outcome == CheckOutcome::kFailed || check.outcome == CheckOutcome::kUndecided;
}

std::string Head(const ReportInput& input, const std::vector<Check>& checks) {
  const model::Run& run = input.data.run;
  std::string head = "### " + std::string(Sign(checks.front().outcome)) +
                     " seep: " + VerdictWord(input.verdict) + ", " +
                     MarkdownCode(ServiceName(input)) + "\n\n" +
                     MarkdownProse(input.verdict.summary) + "\n\n";
  // Of what failed rather than of what could not be judged.
  const Check* first = nullptr;
  for (const Check& check : checks) {
    if (check.kind == CheckKind::kVerdict || !IsBad(check)) continue;
    const bool is_worse = first != nullptr && first->outcome != CheckOutcome::kFailed &&
                          check.outcome == CheckOutcome::kFailed;
    if (first == nullptr || is_worse) first = &check;
  }
  if (first != nullptr) head += "First finding: " + MarkdownProse(first->message) + "\n\n";
  return head + "Exit code " + std::to_string(static_cast<int>(input.verdict.exit_code)) +
         ", confidence " + MarkdownProse(input.verdict.confidence) + ". Run " +
         std::to_string(static_cast<int64_t>(run.id)) + " " + MarkdownCode(run.name) + " of " +
         model::FormatTimestamp(run.started_at_ns) + ", " + model::FormatDuration(run.duration_s) +
         " observed.\n";
}

bool IsWorthARow(const Check& check) {
  return IsBad(check) || check.outcome == CheckOutcome::kSuppressed;
}

void Findings(const std::vector<Check>& checks, BoundedMarkdown& document) {
  MarkdownRows rows("| | finding |\n|---|---|\n");
  std::vector<const Check*> found;
  for (const Check& check : checks) {
    if (check.kind != CheckKind::kVerdict && IsWorthARow(check)) found.push_back(&check);
  }
  std::ranges::stable_partition(
      found, [](const Check* check) { return check->outcome == CheckOutcome::kFailed; });
  for (const Check* one : found) {
    const Check& check = *one;
    std::string row =
        "| " + std::string(Sign(check.outcome)) + " | " + MarkdownProse(check.message);
    if (check.suppression != nullptr) {
      row += "; suppressed: " + MarkdownProse(Justification(*check.suppression));
    }
    rows.Add(row + " |");
  }
  if (rows.count() > 0) document.Add("#### Findings\n\n" + rows.text(), "table of findings");
}

std::string FrameLines(const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kMostFrames = 24;
  std::string lines;
  for (size_t i = 0; i < std::min(frames.size(), kMostFrames); ++i) {
    const model::SourceFrame& frame = frames[i];
    lines += OneLine(frame.function);
    if (!frame.file.empty()) {
      lines += "  " + OneLine(frame.file);
      if (frame.line > 0) lines += ':' + std::to_string(frame.line);
    }
    if (!frame.module.empty()) lines += "  [" + OneLine(frame.module) + ']';
    lines += '\n';
  }
  if (frames.size() > kMostFrames) {
    lines += "... " + std::to_string(frames.size() - kMostFrames) + " more frames\n";
  }
  return lines;
}

void Stacks(const std::vector<Check>& checks, BoundedMarkdown& document) {
  for (const Check& check : checks) {
    if (check.frames.empty() || !IsWorthARow(check)) continue;
    document.Add(MarkdownDetails(std::string(Sign(check.outcome)) + " " + MarkdownCode(check.name),
                                 MarkdownProse(check.message) + "\n\n" +
                                     MarkdownBlock(FrameLines(check.frames))),
                 "stacks");
  }
}

// The course of a series of a process; others are made by the analysis and kept nowhere.
std::string Course(const ReportInput& input, const model::SeriesVerdict& series) {
  const auto* points = analysis::FindPoints(input.data, series.target, series.metric);
  return points == nullptr ? "" : Sparkline(*points, kSparkColumns);
}

void Series(const ReportInput& input, const std::vector<Check>& checks, BoundedMarkdown& document) {
  MarkdownRows rows(
      "| | series | class | level | per hour, 95 % interval | course "
      "|\n|---|---|---|---|---|---|\n");
  for (const Check& check : checks) {
    if (check.series == nullptr || check.series->drift) continue;
    const model::SeriesVerdict& series = *check.series;
    const bool is_known = series.growth_class != model::GrowthClass::kInsufficientData;
    const std::string slope = is_known
                                  ? Quantity(NoTrace(series.slope_per_hour, series), series.unit) +
                                        " (" + Quantity(series.ci_low, series.unit) + " to " +
                                        Quantity(series.ci_high, series.unit) + ")"
                                  : "";
    rows.Add("| " + std::string(Sign(check.outcome)) + " | " + MarkdownCode(check.name) + " | " +
             model::ToString(series.growth_class) + " | " +
             MarkdownProse(model::FormatQuantity(series.level, series.unit)) + " | " +
             MarkdownProse(slope) + " | " + Course(input, series) + " |");
  }
  if (rows.count() > 0) document.Add("#### Series\n\n" + rows.text(), "table of series");
}

void Figures(const model::Comparison& comparison, BoundedMarkdown& document) {
  MarkdownRows rows(
      "| figure | baseline | run | change | against | |\n|---|---|---|---|---|---|\n");
  for (const model::MetricChange& metric : comparison.metrics) {
    const auto value = [&](const std::optional<double>& one) {
      return one ? MarkdownProse(analysis::FeatureValue(*one, metric.unit)) : "";
    };
    const std::string difference =
        metric.base && metric.value ? analysis::DifferenceInWords(metric) : "";
    rows.Add("| " + MarkdownProse(metric.title) + " | " + value(metric.base) + " | " +
             value(metric.value) + " | " + MarkdownProse(difference) + " | " +
             MarkdownProse(metric.baseline) + " | " + model::ToString(metric.change) + " |");
  }
  if (rows.count() == 0) return;
  document.Add(MarkdownDetails("All " + std::to_string(rows.count()) + " figures", rows.text()),
               "table of figures");
}

void ComparedWith(const ReportInput& input, BoundedMarkdown& document) {
  if (!input.verdict.comparison) return;
  const model::Comparison& comparison = *input.verdict.comparison;
  MarkdownRows anchors("");
  for (const model::Anchor& anchor : comparison.anchors) {
    anchors.Add("- " + MarkdownProse(AnchorInWords(anchor)) + ": " +
                model::ToString(anchor.change));
  }
  document.Add(
      "#### Compared with\n\n" + anchors.text() + "\n" + MarkdownProse(comparison.summary) + "\n",
      "comparison");
  Figures(comparison, document);
  MarkdownRows moved("");
  for (const model::StackChange& stack : comparison.stacks) {
    if (stack.change != model::StackChangeClass::kMoved) continue;
    moved.Add("- " + MarkdownCode(CallPath(stack.base_frames)) + " → " +
              MarkdownCode(CallPath(stack.frames)));
  }
  if (moved.count() == 0) return;
  document.Add(MarkdownDetails("Stacks that moved (the same allocations by another path): " +
                                   std::to_string(moved.count()),
                               moved.text()),
               "list of stacks that moved");
}

void Policy(const ReportInput& input, BoundedMarkdown& document) {
  if (!input.verdict.policy) return;
  const model::PolicyVerdict& policy = *input.verdict.policy;
  MarkdownRows rows("");
  for (const model::LimitResult& result : policy.limits) {
    rows.Add("- limit " + MarkdownProse(LimitInWords(result)));
  }
  for (const model::SuppressionResult& result : policy.suppressions) {
    rows.Add("- suppression " + MarkdownProse(SuppressionInWords(result)));
  }
  document.Add("#### Policy " + MarkdownCode(policy.file) + "\n\n" + rows.text(), "policy");
}

void Warnings(const ReportInput& input, BoundedMarkdown& document) {
  MarkdownRows rows("");
  for (const auto* warnings : {&input.verdict.warnings, &input.warnings}) {
    for (const std::string& warning : *warnings) rows.Add("- " + MarkdownProse(warning));
  }
  if (rows.count() == 0) return;
  document.Add(MarkdownDetails("Warnings: " + std::to_string(rows.count()), rows.text()),
               "list of warnings");
}

}  // namespace

std::string ToMarkdown(const ReportInput& input) {
  const std::vector<Check> checks = Checks(input);
  BoundedMarkdown document(kMarkdownBytes);
  document.Add(Head(input, checks), "head");
  Findings(checks, document);
  Series(input, checks, document);
  ComparedWith(input, document);
  Policy(input, document);
  Stacks(checks, document);
  Warnings(input, document);
  document.Add(MarkdownDetails("The whole report", MarkdownBlock(ToText(input))), "text report");
  return std::move(document).Finish();
}

}  // namespace seep::report
