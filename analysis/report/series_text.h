// SPDX-License-Identifier: Apache-2.0
// The verdict on one series for a reader who knows no statistics: what it does, how sure that is,
// how fast, since when, what will happen, and what would have been seen.
#pragma once

#include <string>

#include "analysis/one_series.h"

namespace seep::report {

// `name`: of the file. The first point is at time 0. Lines as those of ToText (report.h).
std::string SeriesText(const std::string& name, const analysis::OneSeries& series,
                       const analysis::OneSeriesFindings& findings);

}  // namespace seep::report
