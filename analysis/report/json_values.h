// SPDX-License-Identifier: Apache-2.0
// Values that the parts of the JSON report are made of.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "analysis/report/report.h"

namespace seep::report {

using Json = nlohmann::ordered_json;

// Null for NaN and infinity.
Json JsonNumber(double value);

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Of the process behind a target; null: there is none.
Json PidOf(const model::RunData& data, model::TargetId id);

Json FramesArray(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report
