// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/comparison_text.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "analysis/report/comparison_words.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/stacks_text.h"
#include "analysis/report/text_lines.h"

namespace seep::report {
namespace {

using model::ChangeClass;
using model::MetricChange;
using model::StackChange;
using model::StackChangeClass;

constexpr size_t kMostChanges = 20;  // of a kind; the JSON report has all of them
constexpr size_t kFramesOfStack = 8;

std::string More(size_t all, const char* what) {
  return "    ... " + std::to_string(all - kMostChanges) + " more " + what;
}

void Metrics(const std::vector<MetricChange>& metrics, ChangeClass change, const char* title,
             std::string& text) {
  std::vector<const MetricChange*> shown;
  for (const MetricChange& metric : metrics) {
    if (metric.change == change) shown.push_back(&metric);
  }
  if (shown.empty()) return;
  Paragraph(text, std::string("  ") + title, 2);
  for (size_t i = 0; i < std::min(shown.size(), kMostChanges); ++i) {
    Paragraph(text, "    " + shown[i]->explanation + "; against " + shown[i]->baseline, 6);
  }
  if (shown.size() > kMostChanges) Line(text, More(shown.size(), "figures"));
}

void Regressed(const std::vector<StackChange>& stacks, std::string& text) {
  size_t count = 0;
  for (const StackChange& stack : stacks) {
    if (!stack.is_regression || ++count > kMostChanges) continue;
    if (count == 1) text += "  Stacks that regressed (innermost frame first)\n";
    Paragraph(text,
              "    " + StackChangeInWords(stack) + "; fingerprint " + OneLine(stack.fingerprint),
              6);
    const auto end = stack.frames.begin() +
                     static_cast<std::ptrdiff_t>(std::min(stack.frames.size(), kFramesOfStack));
    Frames({stack.frames.begin(), end}, text);
  }
  if (count > kMostChanges) Line(text, More(count, "stacks that regressed"));
}

void Moved(const std::vector<StackChange>& stacks, std::string& text) {
  size_t count = 0;
  for (const StackChange& stack : stacks) {
    if (stack.change != StackChangeClass::kMoved || ++count > kMostChanges) continue;
    if (count == 1) text += "  Moved: the same allocations by another path, no regression\n";
    Paragraph(text, "    " + CallPath(stack.base_frames) + " -> " + CallPath(stack.frames), 6);
  }
  if (count > kMostChanges) Line(text, More(count, "stacks that moved"));
}

// Changes that are no regression, in one line.
void Others(const std::vector<StackChange>& stacks, std::string& text) {
  std::string words;
  for (const StackChangeClass change :
       {StackChangeClass::kNew, StackChangeClass::kGrown, StackChangeClass::kShrunk,
        StackChangeClass::kGone, StackChangeClass::kSame}) {
    const auto count = std::count_if(stacks.begin(), stacks.end(), [&](const StackChange& stack) {
      return stack.change == change && !stack.is_regression;
    });
    if (count == 0) continue;
    words += (words.empty() ? "" : ", ") + std::to_string(count) + " " + model::ToString(change);
  }
  if (!words.empty()) Paragraph(text, "  Other stacks, no regression: " + words, 4);
}

}  // namespace

void ComparedWith(const ReportInput& input, std::string& text) {
  if (!input.verdict.comparison) return;
  const model::Comparison& comparison = *input.verdict.comparison;
  text += "\nCompared with\n";
  for (const model::Anchor& anchor : comparison.anchors) {
    std::string builds;
    for (const std::string& build : anchor.builds) {
      builds += (builds.empty() ? ", builds " : ", ") + OneLine(build).substr(0, 12);
    }
    Paragraph(text, "  " + AnchorInWords(anchor) + builds + ": " + model::ToString(anchor.change),
              4);
  }
  if (!comparison.summary.empty()) Paragraph(text, "  " + comparison.summary, 2);
  if (!comparison.shortage.empty()) Paragraph(text, "  Not judged: " + comparison.shortage, 4);
  Metrics(comparison.metrics, ChangeClass::kRegressed, "Regressed", text);
  Regressed(comparison.stacks, text);
  Metrics(comparison.metrics, ChangeClass::kProvisional,
          "Provisional: worse, but one baseline run alone is no proof; add runs to the baseline",
          text);
  Moved(comparison.stacks, text);
  Metrics(comparison.metrics, ChangeClass::kUnknown, "Not known", text);
  Metrics(comparison.metrics, ChangeClass::kImproved, "Improved", text);
  const auto same =
      std::count_if(comparison.metrics.begin(), comparison.metrics.end(),
                    [](const MetricChange& metric) { return metric.change == ChangeClass::kSame; });
  if (same > 0) {
    Line(text, "  The same: " + std::to_string(same) + (same == 1 ? " figure" : " figures") +
                   ", within what such runs differ by");
  }
  Others(comparison.stacks, text);
}

}  // namespace seep::report
