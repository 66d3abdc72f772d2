// SPDX-License-Identifier: Apache-2.0
// The figures behind a verdict, for readers who want them: one line a series, one a part of the
// resident memory.
#pragma once

#include <string>

#include "analysis/report/report.h"

namespace seep::report {

// Least squares leave 1e-15 where there is nothing: 0 beside the width of its interval.
double NoTrace(double value, const model::SeriesVerdict& series);

void SeriesTable(const ReportInput& input, std::string& text);

void AttributionTable(const ReportInput& input, std::string& text);

}  // namespace seep::report
