// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/flame_graph.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/report/plain_text.h"

namespace seep::exports {

std::string ToFolded(const FunctionStacks& stacks) {
  std::vector<std::string> names;
  for (const FunctionFrame& frame : stacks.frames) {
    std::string& name = names.emplace_back(frame.name);
    std::ranges::replace(name, ';', ':');
  }
  std::string text;
  for (const FunctionStack& stack : stacks.stacks) {
    for (const size_t frame : stack.frames) text.append(names[frame]).append(";");
    text.back() = ' ';
    text.append(std::to_string(stack.weight)).append("\n");
  }
  return text;
}

std::string ToSpeedscope(const FunctionStacks& stacks, SampleType type, const std::string& name,
                         const std::string& exporter) {
  using Json = nlohmann::ordered_json;
  Json frames = Json::array();
  for (const FunctionFrame& frame : stacks.frames) {
    Json one{{"name", frame.name}};
    if (!frame.file.empty()) one["file"] = frame.file;
    frames.push_back(std::move(one));
  }
  Json samples = Json::array();
  Json weights = Json::array();
  for (const FunctionStack& stack : stacks.stacks) {
    samples.push_back(stack.frames);
    weights.push_back(stack.weight);
  }
  const SampleTypeInfo& info = InfoOf(type);
  const bool is_bytes = std::string_view(info.unit) == "bytes";
  Json file{{"$schema", "https://www.speedscope.app/file-format-schema.json"},
            {"name", report::OneLine(name)},
            {"exporter", exporter},
            {"activeProfileIndex", 0},
            {"shared", {{"frames", std::move(frames)}}},
            {"profiles", Json::array({{{"type", "sampled"},
                                       {"name", info.name},
                                       {"unit", is_bytes ? "bytes" : "none"},
                                       {"startValue", 0},
                                       {"endValue", stacks.total},
                                       {"samples", std::move(samples)},
                                       {"weights", std::move(weights)}}})}};
  return file.dump() + "\n";
}

}  // namespace seep::exports
