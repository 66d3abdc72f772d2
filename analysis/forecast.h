// SPDX-License-Identifier: Apache-2.0
// When the memory limit is reached if the growth goes on as it is.
#pragma once

#include <optional>

#include "analysis/series/trend.h"
#include "storage/model/run.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// `memory` is the trend that grows. Nothing without a limit or without growth. A forecast further
// than kHorizonFactor times the observed time is marked: it is an order of magnitude, no more.
inline constexpr double kHorizonFactor = 10;
std::optional<model::Forecast> ForecastLimit(const model::Run& run, const Trend& memory);

}  // namespace seep::analysis
