// SPDX-License-Identifier: Apache-2.0
// What changed since a baseline, in one line each. All reports say it alike.
#pragma once

#include <string>

#include "storage/model/comparison.h"

namespace seep::report {

// "resident memory, level: 40.0 MiB -> 45.0 MiB, +12 % (99 % of such runs: 39.0 MiB to 41.0 MiB)"
std::string MetricChangeInWords(const model::MetricChange& metric);

// "+12 %", or in the unit where a share has no meaning; "?" where it is not known.
std::string Difference(const model::MetricChange& metric);

// "grown: allocates 5.20 KiB per request, was 4.90 KiB (+200 B to +400 B)"
std::string StackChangeInWords(const model::StackChange& stack);

// "main (rolling, 5 runs)"
std::string AnchorInWords(const model::Anchor& anchor);

// "Cache::Insert < Handle < main": the innermost frames of the application.
std::string CallPath(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report
