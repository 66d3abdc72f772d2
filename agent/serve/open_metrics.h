// SPDX-License-Identifier: Apache-2.0
// Metric families as OpenMetrics 1.0 text (prometheus-cpp writes the older format only):
// https://github.com/OpenObservability/OpenMetrics/blob/main/specification/OpenMetrics.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace seep::serve {

inline constexpr char kOpenMetricsType[] =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";

// Gauges and counters. A counter's family is its name without _total, a gauge of name *_info is of
// type info, and names that end in a unit say so. Samples have a time where timestamp_ms is not 0.
void AppendFamily(std::string& text, const prometheus::MetricFamily& family);
inline constexpr char kEndOfMetrics[] = "# EOF\n";

// All of them, to the end.
std::string OpenMetricsText(const std::vector<prometheus::MetricFamily>& families);

// Whether the header field Accept asks for it: with a weight above zero and not below that of
// text/plain.
bool AcceptsOpenMetrics(std::string_view accept);

}  // namespace seep::serve
