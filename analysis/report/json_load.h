// SPDX-License-Identifier: Apache-2.0
// The parts of the JSON report that speak of the load.
#pragma once

#include "analysis/report/json_values.h"

namespace seep::report {

// "load": null where none is known.
Json LoadObject(const model::LoadVerdict& load);

// "drift" of a series: null of a process.
Json DriftObject(const model::SeriesVerdict& series);

}  // namespace seep::report
