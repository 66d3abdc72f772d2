// SPDX-License-Identifier: Apache-2.0
// A counter as what is judged and drawn of it: how fast it rises.
#pragma once

#include <vector>

#include "storage/model/series.h"

namespace seep::analysis {

// Per second, from one point to the next, at the later one. Never negative: a counter over living
// threads falls when one ends.
std::vector<model::Point> ToRates(const std::vector<model::Point>& counter);

}  // namespace seep::analysis
