// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/comparison_words.h"

#include <cmath>

#include "analysis/report/plain_text.h"
#include "analysis/report/text_lines.h"
#include "analysis/report/where_from.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

std::string Value(const std::optional<double>& value, const std::string& unit) {
  return value ? model::FormatQuantity(*value, unit) : "not known";
}

std::string Signed(double value, const std::string& text) {
  return (value > 0 ? "+" : "") + text;
}

std::string SignedBytes(double bytes) {
  return Signed(bytes, model::FormatBytes(bytes));
}

}  // namespace

std::string Difference(const model::MetricChange& metric) {
  if (!metric.base || !metric.value || !std::isfinite(metric.difference)) return "?";
  if (!metric.is_relative) {
    return Signed(metric.difference, model::FormatQuantity(metric.difference, metric.unit));
  }
  constexpr double kFine = 0.1;  // below, whole percents are too coarse
  const double percent = 100 * metric.difference;
  const std::string text = std::abs(metric.difference) < kFine && metric.difference != 0
                               ? Quantity(percent, "") + " %"
                               : Percent(metric.difference);
  return Signed(metric.difference, text);
}

std::string MetricChangeInWords(const model::MetricChange& metric) {
  std::string words = metric.title + ": " + Value(metric.base, metric.unit) + " -> " +
                      Value(metric.value, metric.unit);
  if (metric.base && metric.value) {
    words += ", " + Difference(metric) + ", " + model::ToString(metric.change) +
             " (99 % of such runs: " + model::FormatQuantity(metric.expected_low, metric.unit) +
             " to " + model::FormatQuantity(metric.expected_high, metric.unit) + ")";
  }
  return metric.explanation.empty() ? words : words + "; " + metric.explanation;
}

std::string StackChangeInWords(const model::StackChange& stack) {
  const std::string per = stack.is_per_request ? " per request" : " per hour";
  std::string words = std::string(model::ToString(stack.change)) + ": allocates " +
                      model::FormatBytes(stack.alloc_bytes) + per;
  const bool is_new = stack.change == model::StackChangeClass::kNew;
  if (!is_new) words += ", was " + model::FormatBytes(stack.base_alloc_bytes);
  words += " (" + SignedBytes(stack.alloc_difference_low) + " to " +
           SignedBytes(stack.alloc_difference_high) + "); in use " +
           model::FormatBytes(stack.live_bytes);
  if (!is_new) words += ", was " + model::FormatBytes(stack.base_live_bytes);
  if (stack.growth_per_hour != 0 || stack.base_growth_per_hour != 0) {
    words += "; grows by " + model::FormatBytesPerHour(stack.growth_per_hour) + ", was " +
             model::FormatBytesPerHour(stack.base_growth_per_hour);
  }
  return stack.explanation.empty() ? words : words + "; " + stack.explanation;
}

std::string AnchorInWords(const model::Anchor& anchor) {
  return OneLine(anchor.name) + " (" + (anchor.is_pinned ? "pinned, " : "rolling, ") +
         std::to_string(anchor.runs) + (anchor.runs == 1 ? " run)" : " runs)");
}

std::string CallPath(const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kMostFrames = 4;
  constexpr size_t kColumns = 60;
  if (frames.empty()) return "a stack without frames";
  std::string path;
  size_t count = 0;
  for (const model::SourceFrame* frame = OwnFrame(frames);
       frame != frames.data() + frames.size() && count < kMostFrames; ++frame, ++count) {
    path += (count == 0 ? "" : " < ") + Shorten(OneLine(frame->function), kColumns);
  }
  return path;
}

}  // namespace seep::report
