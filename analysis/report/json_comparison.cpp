// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/json_comparison.h"

#include "storage/model/units.h"

namespace seep::report {
namespace {

// Of what is absent, and of what JSON has no number for.
Json NumberOrNull(const std::optional<double>& value) {
  return value ? JsonNumber(*value) : Json(nullptr);
}

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json AnchorObject(const model::Anchor& anchor) {
  return {{"name", anchor.name},
          {"is_pinned", anchor.is_pinned},
          {"runs", anchor.runs},
          {"builds", Json(anchor.builds)},
          {"change", model::ToString(anchor.change)}};
}

Json MetricObject(const model::MetricChange& metric) {
  return {{"feature", metric.feature},
          {"title", metric.title},
          {"unit", metric.unit},
          {"baseline", metric.baseline},
          {"change", model::ToString(metric.change)},
          {"base", NumberOrNull(metric.base)},
          {"value", NumberOrNull(metric.value)},
          {"expected_low", JsonNumber(metric.expected_low)},
          {"expected_high", JsonNumber(metric.expected_high)},
          {"difference", JsonNumber(metric.difference)},
          {"is_relative", metric.is_relative},
          {"floor", JsonNumber(metric.floor)},
          {"p_value", JsonNumber(metric.p_value)},
          {"base_runs", metric.base_runs},
          {"suppressed", metric.suppressed_by.has_value()},
          {"explanation", metric.explanation}};
}

Json StackObject(const model::StackChange& stack) {
  return {{"change", model::ToString(stack.change)},
          {"is_regression", stack.is_regression},
          {"kind", model::ToString(stack.kind)},
          {"fingerprint", TextOrNull(stack.fingerprint)},
          {"base_fingerprint", TextOrNull(stack.base_fingerprint)},
          {"similarity", JsonNumber(stack.similarity)},
          {"per", stack.is_per_request ? "request" : "hour"},
          {"base_alloc_bytes", JsonNumber(stack.base_alloc_bytes)},
          {"alloc_bytes", JsonNumber(stack.alloc_bytes)},
          {"alloc_difference_low", JsonNumber(stack.alloc_difference_low)},
          {"alloc_difference_high", JsonNumber(stack.alloc_difference_high)},
          {"base_live_bytes", JsonNumber(stack.base_live_bytes)},
          {"live_bytes", JsonNumber(stack.live_bytes)},
          {"base_growth_per_hour", JsonNumber(stack.base_growth_per_hour)},
          {"growth_per_hour", JsonNumber(stack.growth_per_hour)},
          {"p_value", JsonNumber(stack.p_value)},
          {"suppressed", stack.suppressed_by.has_value()},
          {"explanation", stack.explanation},
          {"frames", FramesArray(stack.frames)},
          {"base_frames", FramesArray(stack.base_frames)}};
}

Json LimitObject(const model::LimitResult& result) {
  return {{"name", result.limit.name},
          {"line", result.limit.line},
          {"feature", result.limit.feature},
          {"fingerprint", TextOrNull(result.limit.fingerprint)},
          {"function", TextOrNull(result.limit.function)},
          {"most", NumberOrNull(result.limit.most)},
          {"least", NumberOrNull(result.limit.least)},
          {"most_change", NumberOrNull(result.limit.most_change)},
          {"state", model::ToString(result.state)},
          {"unit", result.unit},
          {"value", NumberOrNull(result.value)},
          {"base", NumberOrNull(result.base)},
          {"explanation", result.explanation}};
}

Json SuppressionObject(const model::SuppressionResult& result) {
  const model::Suppression& suppression = result.suppression;
  return {{"line", suppression.line},
          {"fingerprint", TextOrNull(suppression.fingerprint)},
          {"metric", TextOrNull(suppression.metric)},
          {"reason", suppression.reason},
          {"owner", suppression.owner},
          {"expires_at", model::FormatTimestamp(suppression.expires_at_ns)},
          {"rate_per_hour_allowed", NumberOrNull(suppression.rate_per_hour)},
          {"state", model::ToString(result.state)},
          {"rate_per_hour", JsonNumber(result.rate_per_hour)},
          {"explanation", result.explanation}};
}

template <typename Item>
Json ArrayOf(const std::vector<Item>& items, Json (*object)(const Item&)) {
  Json all = Json::array();
  for (const Item& item : items) all.push_back(object(item));
  return all;
}

}  // namespace

Json ComparisonObject(const std::optional<model::Comparison>& comparison) {
  if (!comparison) return nullptr;
  return {{"summary", comparison->summary},
          {"shortage", TextOrNull(comparison->shortage)},
          {"anchors", ArrayOf(comparison->anchors, &AnchorObject)},
          {"metrics", ArrayOf(comparison->metrics, &MetricObject)},
          {"stacks", ArrayOf(comparison->stacks, &StackObject)}};
}

Json PolicyObject(const std::optional<model::PolicyVerdict>& policy) {
  if (!policy) return nullptr;
  return {{"file", policy->file},
          {"limits", ArrayOf(policy->limits, &LimitObject)},
          {"suppressions", ArrayOf(policy->suppressions, &SuppressionObject)}};
}

}  // namespace seep::report
