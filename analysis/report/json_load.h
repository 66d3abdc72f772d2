// SPDX-License-Identifier: Apache-2.0
// The parts of the JSON report that speak of the load.
#pragma once

#include <nlohmann/json.hpp>

#include "analysis/report/report.h"

namespace seep::report {

// JSON has no NaN and no infinity.
nlohmann::ordered_json JsonNumber(double value);

// "load": null where none is known.
nlohmann::ordered_json LoadObject(const model::LoadVerdict& load);

// "drift" of a series: null of a process.
nlohmann::ordered_json DriftObject(const model::SeriesVerdict& series);

}  // namespace seep::report
