// SPDX-License-Identifier: Apache-2.0
// Figures of runs as sentences have them.
#pragma once

#include <string>

#include "analysis/regression/feature_kinds.h"
#include "storage/model/comparison.h"

namespace seep::analysis {

// "12.3 MiB", "21.4 ms", "0.4 %", "812 per second", "57.0 fds".
std::string FeatureValue(double value, std::string_view unit);

// "14 % more", "3 % less", "2.10 MiB more".
std::string DifferenceInWords(const model::MetricChange& change);

// "allocated bytes per request: 1.05 KiB, 5 % more than 1.00 KiB (10 runs); other runs of one build
// stay within 0.98 KiB and 1.02 KiB". `change` is complete but for its explanation.
std::string ExplainChange(const model::MetricChange& change);

}  // namespace seep::analysis
