// SPDX-License-Identifier: Apache-2.0
// A series in one line of block characters.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "storage/model/series.h"

namespace seep::report {

// `points` by ascending time. Every stretch of time has two columns, its smallest and its largest
// value in the order in which they came: no peak is lost, however many points there are. A stretch
// without points is U+00B7. At most `columns` columns (even); empty without a finite value. The
// scale is that of Plot (plot.h).
std::string Sparkline(const std::vector<model::Point>& points, size_t columns);

}  // namespace seep::report
