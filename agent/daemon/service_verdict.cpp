// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service_verdict.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace seep::agent {
namespace {

using Json = nlohmann::json;

// Valid as long as `object`.
const Json& Elements(const Json& object, const char* key) {
  static const Json kNone = Json::array();
  return object.contains(key) && object[key].is_array() ? object[key] : kNone;
}

// Numbers that are none are null in a report.
double NumberOf(const Json& object, const char* key) {
  return object.contains(key) && object[key].is_number() ? object[key].get<double>() : 0;
}

serve::MetricGrowth GrowthOf(const Json& series) {
  serve::MetricGrowth growth;
  growth.metric = series.value("metric", "");
  growth.unit = series.value("unit", "");
  growth.growth_class = model::ParseGrowthClass(series.value("class", ""))
                            .value_or(model::GrowthClass::kInsufficientData);
  growth.slope_per_hour = NumberOf(series, "slope_per_hour");
  growth.ci_low = NumberOf(series, "ci_low");
  growth.ci_high = NumberOf(series, "ci_high");
  return growth;
}

serve::GrowingStack StackOf(const Json& stack) {
  serve::GrowingStack growing;
  growing.fingerprint = stack.value("fingerprint", "");
  const Json& frames = Elements(stack, "frames");
  if (!frames.empty()) growing.function = frames.front().value("function", "");
  growing.growth_bytes_per_hour = NumberOf(stack, "growth_bytes_per_hour");
  growing.growth_low_bytes_per_hour = NumberOf(stack, "ci_low");
  growing.live_bytes = NumberOf(stack, "live_bytes");
  return growing;
}

// Of several series of one source and metric that which drifts, by as much as possible; else all
// operations together.
std::vector<serve::DriftState> DriftOf(const Json& report) {
  struct Candidate {
    serve::DriftState state;
    std::string operation;
  };
  std::map<std::pair<std::string, std::string>, Candidate> found;
  for (const Json& series : Elements(report, "series")) {
    const auto growth_class = model::ParseGrowthClass(series.value("class", ""));
    if (!series.contains("drift") || !series["drift"].is_object() || !growth_class ||
        *growth_class == model::GrowthClass::kInsufficientData) {
      continue;
    }
    const Candidate one{{.source = series.value("source", ""),
                         .metric = series.value("metric", ""),
                         .is_drifting = *growth_class == model::GrowthClass::kDrift,
                         .change = NumberOf(series["drift"], "change_seen")},
                        series.value("operation", "")};
    const auto rank = [](const Candidate& each) {
      return std::tuple(each.state.is_drifting, each.operation.empty(),
                        std::abs(each.state.change));
    };
    const auto [known, is_new] = found.try_emplace({one.state.source, one.state.metric}, one);
    if (!is_new && rank(one) > rank(known->second)) known->second = one;
  }
  std::vector<serve::DriftState> drift;
  for (auto& [key, one] : found) drift.push_back(std::move(one.state));
  return drift;
}

}  // namespace

std::optional<ServiceVerdict> ReadVerdict(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("verdict")) return std::nullopt;
  ServiceVerdict verdict;
  verdict.summary = json["verdict"].value("summary", "");
  verdict.growth_class = model::ParseGrowthClass(json["verdict"].value("class", ""))
                             .value_or(model::GrowthClass::kInsufficientData);
  for (const Json& series : Elements(json, "series")) {
    // Drift is of the service: its target is null.
    if (!series.contains("target_pid") || !series["target_pid"].is_number()) continue;
    verdict.growth[series.value("target_pid", 0)].push_back(GrowthOf(series));
  }
  for (const Json& stack : Elements(json, "stacks")) {
    verdict.stacks[stack.value("target_pid", 0)].push_back(StackOf(stack));
  }
  verdict.drift = DriftOf(json);
  if (json.contains("symbol_server") && json["symbol_server"].is_object()) {
    const Json& use = json["symbol_server"];
    verdict.symbol_server_failed = NumberOf(use, "failures") > 0;
    verdict.symbol_server_error = use.value("last_error", "");
  }
  return verdict;
}

}  // namespace seep::agent
