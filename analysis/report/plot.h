// SPDX-License-Identifier: Apache-2.0
// A series drawn with characters, a few lines high.
#pragma once

#include <string>
#include <vector>

#include "storage/model/series.h"

namespace seep::report {

// `points` by ascending time. A column is the mean of its stretch of time, blank where there is
// none. The scale spans at least a twentieth of the level, so that noise looks as small as it is.
std::string Plot(const std::vector<model::Point>& points, const std::string& unit);

struct PlotScale {
  double low;
  double high;
};

// From the smallest to the largest value, or around them a twentieth of the level.
PlotScale ScaleOf(double least, double most);

}  // namespace seep::report
