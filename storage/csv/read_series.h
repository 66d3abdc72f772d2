// SPDX-License-Identifier: Apache-2.0
// One series from comma-separated text: a line that names the columns time_s, value and, if it is
// known, load, in any order; then one measurement a line. Nothing is guessed and nothing skipped: a
// line that is not understood is an error, because a verdict on half of a file looks like any
// other.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "storage/model/error.h"
#include "storage/model/series.h"

namespace seep::csv {

struct SeriesFile {
  std::vector<model::Point> values;  // times ascend strictly; everything is finite
  std::vector<model::Point> load;    // at the same times; empty: the file has no such column
};

inline constexpr size_t kLongestLine = 1000;  // bytes
inline constexpr size_t kMostValues = 20'000'000;
inline constexpr double kMostValue = 1e18;  // squares and their sums stay exact enough
inline constexpr double kMostTime_s = 1e11;

// `name` stands in messages: "NAME, line 7: cause; remedy". CRLF, a UTF-8 byte order mark, quotes
// around a field, blanks around it and empty lines are fine.
// Errors: kCorrupt (the text), kIo (reading it).
model::Result<SeriesFile> ReadSeries(std::istream& text, const std::string& name);

// The same of a file; "-": standard input. kNotFound, too.
model::Result<SeriesFile> ReadSeriesFile(const std::string& path);

}  // namespace seep::csv
