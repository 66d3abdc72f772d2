// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/json_values.h"

#include <cmath>

#include "analysis/report/lookup.h"

namespace seep::report {

Json JsonNumber(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json PidOf(const model::RunData& data, model::TargetId id) {
  const model::Target* target = FindTarget(data, id);
  return target != nullptr ? Json(target->pid) : Json(nullptr);
}

Json FramesArray(const std::vector<model::SourceFrame>& source) {
  Json frames = Json::array();
  for (const model::SourceFrame& frame : source) {
    frames.push_back({{"function", frame.function},
                      {"file", frame.file},
                      {"line", frame.line},
                      {"module", frame.module},
                      {"inlined", frame.is_inlined}});
  }
  return frames;
}

}  // namespace seep::report
