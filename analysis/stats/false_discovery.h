// SPDX-License-Identifier: Apache-2.0
// Many tests at once: which of them may be called discoveries.
#pragma once

#include <vector>

namespace seep::analysis {

// The largest p-value that is a discovery when at most a share of `rate` of all discoveries may be
// false (Benjamini & Hochberg 1995); negative when none is. Holds for independent tests and for
// positively dependent ones (Benjamini & Yekutieli 2001).
double LargestDiscovery(std::vector<double> p_values, double rate);

// The same told of each: the smallest rate at which it is a discovery, in the order given.
std::vector<double> AdjustForMany(const std::vector<double>& p_values);

}  // namespace seep::analysis
