// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/policy_values.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>

#include "storage/model/units.h"

namespace seep::agent {
namespace {

using model::Errc;
using model::Fail;

// The number before `suffix`; nothing when the text is anything else.
std::optional<double> NumberBefore(std::string_view text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return std::nullopt;
  text.remove_suffix(suffix.size());
  while (text.ends_with(' ')) text.remove_suffix(1);
  double number = 0;
  const auto [end, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number) || number < 0) return std::nullopt;
  return number;
}

// The begin of a day, UTC; nothing when there is no such day.
std::optional<int64_t> BeginOf(unsigned year, unsigned month, unsigned day) {
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(month), std::chrono::day(day)};
  // Nanoseconds of 64 bits end in 2262.
  constexpr unsigned kFirstYear = 1970;
  constexpr unsigned kLastYear = 2261;
  if (!date.ok() || year < kFirstYear || year > kLastYear) return std::nullopt;
  return std::chrono::nanoseconds(std::chrono::sys_days(date).time_since_epoch()).count();
}

constexpr double kDay_s = 86400;
constexpr double kLastDay_s = 9e9;  // in the year 2255

}  // namespace

model::Result<double> ParseFigure(const toml::node& node, std::string_view unit) {
  const auto text = node.value_exact<std::string>();
  if (unit == "bytes") {
    if (!text) return Fail(Errc::kInvalidArgument, "a size in quotes is wanted, such as \"2GiB\"");
    const auto size = model::ParseSize(*text);
    if (!size) return std::unexpected(size.error());
    return static_cast<double>(*size);
  }
  if (unit == "seconds") {
    if (text) return model::ParseDuration(*text);
    return Fail(Errc::kInvalidArgument, "a duration in quotes is wanted, such as \"250ms\"");
  }
  if (unit == "share") {
    const auto percent = text ? NumberBefore(*text, "%") : std::nullopt;
    if (percent && *percent <= 100) return *percent / 100;
    return Fail(Errc::kInvalidArgument,
                "a share of 0 to 100 percent in quotes is wanted, such as \"1%\"");
  }
  const auto number = node.is_number() ? node.value<double>() : std::nullopt;
  if (number && std::isfinite(*number) && *number >= 0) return *number;
  return Fail(Errc::kInvalidArgument,
              "a number without quotes, 0 or more, is wanted, such as 100 or 1.5");
}

model::Result<double> ParseChange(const toml::node& node, bool is_less_worse) {
  const auto text = node.value_exact<std::string>();
  if (text) {
    const auto percent = NumberBefore(*text, "%");
    if (percent && (!is_less_worse || *percent <= 100)) return *percent / 100;
    const auto times = NumberBefore(*text, "x");
    if (times && *times >= 1 && !is_less_worse) return *times - 1;
  }
  return Fail(Errc::kInvalidArgument,
              is_less_worse
                  ? "how much less than the baseline is allowed, of 0 to 100 percent in quotes, is "
                    "wanted, such as \"10%\""
                  : "how much more than the baseline is allowed, in quotes, is wanted, such as "
                    "\"10%\" or \"2x\"");
}

model::Result<int64_t> ParseDay(const toml::node& node) {
  const auto date = node.value_exact<toml::date>();
  const auto day = date ? BeginOf(date->year, date->month, date->day) : std::nullopt;
  if (day) return *day;
  return Fail(Errc::kInvalidArgument,
              "a day is wanted, without quotes, such as 2026-12-31; from then on (UTC) it is not "
              "valid any more");
}

model::Result<int64_t> ParseEnd(std::string_view text, int64_t now_ns) {
  unsigned year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int length = 0;
  const std::string whole(text);
  const bool is_day =
      std::sscanf(whole.c_str(), "%4u-%2u-%2u%n", &year, &month, &day, &length) == 3;
  if (is_day && static_cast<size_t>(length) == text.size()) {
    const auto begin = BeginOf(year, month, day);
    if (begin && *begin > now_ns) return *begin;
    return Fail(Errc::kInvalidArgument,
                "'" + whole + "' is no day to come; write one such as 2026-12-31, or 90d");
  }
  const auto duration_s = model::ParseDuration(text);
  if (!duration_s) {
    return Fail(Errc::kInvalidArgument, "'" + whole +
                                            "' is neither a day such as 2026-12-31 nor a "
                                            "duration such as 90d");
  }
  const double end_s = static_cast<double>(now_ns) / 1e9 + std::max(*duration_s, kDay_s);
  if (end_s > kLastDay_s) return Fail(Errc::kInvalidArgument, "'" + whole + "' is too far away");
  return static_cast<int64_t>(end_s / kDay_s) * static_cast<int64_t>(kDay_s) * 1'000'000'000;
}

}  // namespace seep::agent
