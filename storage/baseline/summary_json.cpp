// SPDX-License-Identifier: Apache-2.0
#include "storage/baseline/summary_json.h"

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

namespace seep::baseline {
namespace {

using Json = nlohmann::ordered_json;

using FrameKey = std::tuple<std::string, std::string, int, std::string, bool>;
FrameKey KeyOf(const model::SourceFrame& frame) {
  return {frame.function, frame.file, frame.line, frame.module, frame.is_inlined};
}

// Frames by number, in the order in which stacks first have them.
class FrameTable {
 public:
  size_t Number(const model::SourceFrame& frame) {
    const auto [entry, is_new] = numbers_.try_emplace(KeyOf(frame), numbers_.size());
    if (is_new) {
      rows_.push_back(
          Json::array({frame.function, frame.file, frame.line, frame.module, frame.is_inlined}));
    }
    return entry->second;
  }
  Json Take() { return std::move(rows_); }

 private:
  std::map<FrameKey, size_t> numbers_;
  Json rows_ = Json::array();
};

Json StacksOf(const model::RunSummary& summary, FrameTable& frames) {
  Json stacks = Json::array();
  for (const model::StackSummary& stack : summary.stacks) {
    Json numbers = Json::array();
    for (const model::SourceFrame& frame : stack.frames) numbers.push_back(frames.Number(frame));
    stacks.push_back({{"kind", model::ToString(stack.kind)},
                      {"frames", std::move(numbers)},
                      {"alloc_bytes", stack.alloc_bytes},
                      {"alloc_objects", stack.alloc_objects},
                      {"alloc_samples", stack.alloc_samples},
                      {"live_bytes", stack.live_bytes},
                      {"live_bytes_se", stack.live_bytes_se},
                      {"live_objects", stack.live_objects},
                      {"growth_bytes_per_hour", stack.growth_bytes_per_hour},
                      {"growth_low", stack.growth_low}});
  }
  return stacks;
}

// Reading. Everything below throws Json::exception or this; ParseSummary catches both.
struct Implausible {
  std::string what;
};

double Finite(const Json& object, const char* key, double least = -HUGE_VAL) {
  const double value = object.at(key).get<double>();
  if (!std::isfinite(value) || value < least) throw Implausible{key};
  return value;
}

model::StackSummary ReadStack(const Json& row, const std::vector<model::SourceFrame>& frames) {
  model::StackSummary stack;
  const auto kind = row.at("kind").get<std::string>();
  if (kind == model::ToString(model::StackKind::kMapping)) {
    stack.kind = model::StackKind::kMapping;
  } else if (kind != model::ToString(model::StackKind::kHeap)) {
    throw Implausible{"kind"};
  }
  for (const Json& number : row.at("frames")) {
    const auto index = number.get<size_t>();
    if (index >= frames.size()) throw Implausible{"frames"};
    stack.frames.push_back(frames[index]);
  }
  stack.alloc_bytes = Finite(row, "alloc_bytes");
  stack.alloc_objects = Finite(row, "alloc_objects");
  stack.alloc_samples = row.at("alloc_samples").get<uint64_t>();
  stack.live_bytes = Finite(row, "live_bytes");
  stack.live_bytes_se = Finite(row, "live_bytes_se", 0);
  stack.live_objects = Finite(row, "live_objects");
  stack.growth_bytes_per_hour = Finite(row, "growth_bytes_per_hour");
  stack.growth_low = Finite(row, "growth_low");
  return stack;
}

model::RunSummary ReadSummary(const Json& json) {
  model::RunSummary summary;
  summary.run_id = json.at("run_id").get<int64_t>();
  summary.run_name = json.at("run_name").get<std::string>();
  summary.started_at_ns = json.at("started_at_ns").get<int64_t>();
  summary.host = json.at("host").get<std::string>();
  summary.seep_version = json.at("seep_version").get<std::string>();
  summary.build = json.at("build").get<std::string>();
  const Json& key = json.at("key");
  summary.key = {key.at("service").get<std::string>(), key.at("workload").get<std::string>(),
                 key.at("host_class").get<std::string>(), key.at("config_hash").get<std::string>()};
  const auto growth_class = model::ParseGrowthClass(json.at("class").get<std::string>());
  if (!growth_class) throw Implausible{"class"};
  summary.growth_class = *growth_class;
  summary.exit_code = static_cast<model::ExitCode>(json.at("exit_code").get<int>());
  summary.observed_s = Finite(json, "observed_s", 0);
  summary.judged_s = Finite(json, "judged_s", 0);
  summary.requests = Finite(json, "requests", 0);
  summary.interval_bytes = json.at("interval_bytes").get<uint64_t>();
  for (const Json& row : json.at("features")) {
    summary.features.push_back({row.at("name").get<std::string>(),
                                row.at("unit").get<std::string>(), Finite(row, "value"),
                                Finite(row, "se", 0)});
  }
  std::vector<model::SourceFrame> frames;
  for (const Json& row : json.at("frames")) {
    frames.push_back({row.at(0).get<std::string>(), row.at(1).get<std::string>(),
                      row.at(2).get<int>(), row.at(3).get<std::string>(), row.at(4).get<bool>()});
  }
  for (const Json& row : json.at("stacks")) summary.stacks.push_back(ReadStack(row, frames));
  return summary;
}

}  // namespace

std::string ToJson(const model::RunSummary& summary) {
  Json features = Json::array();
  for (const model::RunFeature& feature : summary.features) {
    features.push_back({{"name", feature.name},
                        {"unit", feature.unit},
                        {"value", feature.value},
                        {"se", feature.se}});
  }
  FrameTable frames;
  Json stacks = StacksOf(summary, frames);
  const Json json = {{"run_id", summary.run_id},
                     {"run_name", summary.run_name},
                     {"started_at_ns", summary.started_at_ns},
                     {"host", summary.host},
                     {"seep_version", summary.seep_version},
                     {"build", summary.build},
                     {"key",
                      {{"service", summary.key.service},
                       {"workload", summary.key.workload},
                       {"host_class", summary.key.host_class},
                       {"config_hash", summary.key.config_hash}}},
                     {"class", model::ToString(summary.growth_class)},
                     {"exit_code", static_cast<int>(summary.exit_code)},
                     {"observed_s", summary.observed_s},
                     {"judged_s", summary.judged_s},
                     {"requests", summary.requests},
                     {"interval_bytes", summary.interval_bytes},
                     {"features", std::move(features)},
                     {"frames", frames.Take()},
                     {"stacks", std::move(stacks)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

model::Result<model::RunSummary> ParseSummary(std::string_view json) {
  try {
    return ReadSummary(Json::parse(json));
  } catch (const Json::exception& failure) {
    return model::Fail(model::Errc::kCorrupt, std::string("no run summary: ") + failure.what());
  } catch (const Implausible& failure) {
    return model::Fail(model::Errc::kCorrupt,
                       "no run summary: '" + failure.what + "' has no value that can be");
  }
}

}  // namespace seep::baseline
