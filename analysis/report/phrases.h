// SPDX-License-Identifier: Apache-2.0
// What a run's report and that of a single series say alike, in words that need no statistics.
#pragma once

#include <string>

#include "storage/model/verdict.h"

namespace seep::report {

// "4.30 MiB per hour, 103 MiB per day; the data allow 4.10 MiB to 4.50 MiB per hour". The day only
// when enough of one was observed for that to mean something.
std::string HowFast(const model::SeriesVerdict& series);

// "the beginning" or "2h05m after the first value, at 2026-11-21T10:00:00Z". `start_words`: what
// times count from, "the first value"; `started_s`: that moment since 1970, or anything else when
// not known; the series begins at `begin_s` and ends at `end_s`. Empty where nothing begins.
std::string SinceWhen(const model::SeriesVerdict& series, double begin_s, double end_s,
                      double started_s, const std::string& start_words);

// "the limit of 500 MiB (--limit) is reached in 4h36m, most likely between 4h24m and 4h48m".
std::string LimitIsReached(const model::Forecast& forecast, const std::string& unit);

// Without a limit: "at this rate 103 MiB more in a day, 722 MiB more in a week".
std::string MoreLater(double per_hour, const std::string& unit, double observed_s);

// Of what does not grow.
std::string GoesOn(model::GrowthClass growth_class);

// "4.30 MiB per hour would have been found, nine times out of ten".
std::string SmallestSeen(const std::string& growth);

}  // namespace seep::report
