// SPDX-License-Identifier: Apache-2.0
// Columns of numbers as the page of a report takes them: small integers, which pack well and are
// exact enough to be drawn at any zoom.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace seep::report {

// Milliseconds: the first, then from each to the next.
nlohmann::ordered_json PackTimes(std::span<const double> time_s);

// {"low", "step", "v"}: value = low + step * v, v from 0 to 65535. Integers within that range are
// exact, of others the 65535th part of their range is.
nlohmann::ordered_json PackValues(std::span<const double> values);

// The elements of `column` at `rows`.
std::vector<double> Pick(std::span<const double> column, std::span<const size_t> rows);

}  // namespace seep::report
