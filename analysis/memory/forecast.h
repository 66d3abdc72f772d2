// SPDX-License-Identifier: Apache-2.0
// When a limit, of memory or of a count, is reached if the growth goes on as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/series/trend.h"
#include "storage/model/run.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// `memory` is the trend that grows, of a leak or a ratchet. Nothing without a limit or without
// growth.
//
// The first time that the series would reach the limit, over seeded draws: the slope from its
// posterior, the end of the line from the scatter around it, and, on top of the line, the peaks of
// the run again in blocks of time (moving block bootstrap, Kunsch 1989). A forecast further than
// kHorizonFactor times the observed time is marked: it is an order of magnitude, no more.
inline constexpr double kHorizonFactor = 10;
std::optional<model::Forecast> ForecastLimit(const model::Run& run, const Trend& memory);

// The same of any series that grows, in its own unit. Metric and unit are left to the caller.
model::Forecast ForecastReach(const Trend& trend, uint64_t limit, const std::string& limit_source);

}  // namespace seep::analysis
