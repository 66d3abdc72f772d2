// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/phrases.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr double kHours_day = 24;
constexpr double kHours_week = 7 * 24;
// As analysis::kHorizonFactor: what is further away than this is an order of magnitude.
constexpr double kFar = 10;
constexpr char kFarWords[] =
    "; more than ten times the observed time ahead: an order of magnitude only";

std::string Amount(double value, const std::string& unit) {
  const std::string words = unit == "fds" ? "file descriptors" : unit;
  return std::isfinite(value) ? model::FormatQuantity(value, words) : "?";
}

// Exports count from 1970, runs have a clock: other numbers are no dates.
std::string Date(double realtime_s) {
  constexpr double kEarliest_s = 1e9;  // 2001
  constexpr double kLatest_s = 9e9;
  if (!(realtime_s >= kEarliest_s && realtime_s <= kLatest_s)) return {};
  return ", at " + model::FormatTimestamp(static_cast<int64_t>(realtime_s) * 1'000'000'000);
}

}  // namespace

std::string HowFast(const model::SeriesVerdict& series) {
  std::string words = Amount(series.slope_per_hour, series.unit) + " per hour";
  if (kFar * series.usable_s >= 3600 * kHours_day) {
    words += ", " + Amount(kHours_day * series.slope_per_hour, series.unit) + " per day";
  }
  if (series.per_million_requests) {
    words += ", " + Amount(*series.per_million_requests, series.unit) + " per million requests";
  }
  return words + "; the data allow " + Amount(series.ci_low, series.unit) + " to " +
         Amount(series.ci_high, series.unit) + " per hour";
}

std::string SinceWhen(const model::SeriesVerdict& series, double begin_s, double end_s,
                      double started_s, const std::string& start_words) {
  const auto after = [&](double t_s) {
    return model::FormatDuration(t_s - begin_s) + " after " + start_words + Date(started_s + t_s);
  };
  if (series.growth_class == model::GrowthClass::kWarmUp) {
    return "level since " + after(series.warmup_end_s);
  }
  const bool is_drift = series.growth_class == model::GrowthClass::kDrift;
  if (!is_drift && !model::IsGrowth(series.growth_class)) return {};
  constexpr double kBegin = 0.05;  // of what is judged; the first seconds of a run are not
  const double judged_from_s = end_s - series.usable_s;
  return series.since_s - judged_from_s < kBegin * series.usable_s ? "the beginning"
                                                                   : after(series.since_s);
}

std::string LimitIsReached(const model::Forecast& forecast, const std::string& unit) {
  const std::string limit = "the limit of " + Amount(static_cast<double>(forecast.limit), unit) +
                            " (" + forecast.limit_source + ")";
  if (forecast.hours <= 0) return limit + " is reached";
  const std::string far = forecast.is_beyond_horizon ? kFarWords : "";
  if (!std::isfinite(forecast.hours)) {
    return limit + " may never be reached, and hardly before " + Hours(forecast.low) + " from now";
  }
  if (!std::isfinite(forecast.high)) {
    return limit + " is reached in " + Hours(forecast.hours) + ", hardly before " +
           Hours(forecast.low) + ", perhaps never" + far;
  }
  const std::string low = Hours(forecast.low);
  const std::string high = Hours(forecast.high);
  return limit + " is reached in " + Hours(forecast.hours) +
         (low != high ? ", most likely between " + low + " and " + high : "") + far;
}

std::string MoreLater(double per_hour, const std::string& unit, double observed_s) {
  const auto more = [&](double hours, const char* when) {
    return Amount(hours * per_hour, unit) + " more in " + when;
  };
  const bool is_short = kFar * observed_s < 3600 * kHours_day;
  return "at this rate " + (is_short ? more(1, "an hour") : more(kHours_day, "a day")) + ", " +
         (is_short ? more(kHours_day, "a day") : more(kHours_week, "a week")) +
         (is_short ? kFarWords : "");
}

std::string GoesOn(model::GrowthClass growth_class) {
  switch (growth_class) {
    case model::GrowthClass::kDeclining:
      return "it falls on, if nothing changes";
    case model::GrowthClass::kPeriodic:
      return "it comes and goes as before, as far as these data tell";
    case model::GrowthClass::kLoadProportional:
      return "it rises and falls with the load";
    default:
      return "it stays where it is, as far as these data tell";
  }
}

std::string SmallestSeen(const std::string& growth) {
  return growth + " would have been found, nine times out of ten";
}

}  // namespace seep::report
