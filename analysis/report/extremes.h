// SPDX-License-Identifier: Apache-2.0
// Which rows of a long table to draw, so that no spike is lost.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace seep::report {

// Time is cut into `buckets` equal parts; of each the rows stay where any column is lowest or
// highest, beside the first and the last row of all. Everything stays when that is not less. Rows
// ascend in `time_s`; columns are as long as it and finite. Ascending indices.
std::vector<size_t> ExtremeRows(std::span<const double> time_s,
                                std::span<const std::vector<double>> columns, size_t buckets);

}  // namespace seep::report
