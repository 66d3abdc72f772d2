// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/realtime.h"

#include <charconv>
#include <chrono>

#include "probes/endpoint/csv_table.h"

namespace seep::endpoint {
namespace {

std::optional<int> TakeDigits(std::string_view* text, size_t digits) {
  int number = 0;
  if (text->size() < digits) return std::nullopt;
  const char* end = text->data() + digits;
  const auto [rest, failure] = std::from_chars(text->data(), end, number);
  if (failure != std::errc{} || rest != end || text->front() == '-') return std::nullopt;
  text->remove_prefix(digits);
  return number;
}

bool TakeChar(std::string_view* text, char wanted) {
  if (text->empty() || text->front() != wanted) return false;
  text->remove_prefix(1);
  return true;
}

// Seconds east of Greenwich.
std::optional<int> TakeOffset(std::string_view* text) {
  if (*text == "Z" || *text == "z") return 0;
  const bool is_west = TakeChar(text, '-');
  if (!is_west && !TakeChar(text, '+')) return std::nullopt;
  const auto hours = TakeDigits(text, 2);
  const bool has_colon = TakeChar(text, ':');
  const auto minutes = TakeDigits(text, 2);
  if (!hours || !has_colon || !minutes || !text->empty()) return std::nullopt;
  return (is_west ? -1 : 1) * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<double> ParseTimestamp(std::string_view text) {
  namespace chrono = std::chrono;
  const auto year = TakeDigits(&text, 4);
  const bool is_month = TakeChar(&text, '-');
  const auto month = TakeDigits(&text, 2);
  const bool is_day = TakeChar(&text, '-');
  const auto day = TakeDigits(&text, 2);
  if (!year || !is_month || !month || !is_day || !day) return std::nullopt;
  if (!TakeChar(&text, 'T') && !TakeChar(&text, 't') && !TakeChar(&text, ' ')) return std::nullopt;
  const auto hour = TakeDigits(&text, 2);
  const bool is_minute = TakeChar(&text, ':');
  const auto minute = TakeDigits(&text, 2);
  const bool is_second = TakeChar(&text, ':');
  const auto second = TakeDigits(&text, 2);
  if (!hour || !is_minute || !minute || !is_second || !second) return std::nullopt;
  double fraction_s = 0;
  if (TakeChar(&text, '.')) {
    double digit_s = 0.1;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; digit_s /= 10) {
      fraction_s += digit_s * (text.front() - '0');
      text.remove_prefix(1);
    }
  }
  const auto offset_s = TakeOffset(&text);
  const chrono::year_month_day date{chrono::year(*year),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!offset_s || !date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const auto days = chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + *hour * 3600 + *minute * 60 +
         (*second == 60 ? 59 : *second) + fraction_s - *offset_s;
}

std::optional<double> ParseEpoch(std::string_view text) {
  const auto number = ParseFinite(text);
  if (!number || *number <= 0) return std::nullopt;
  double seconds = *number;
  constexpr double kMostSeconds = 1e11;  // the year 5138
  for (int unit = 0; unit < 3 && seconds >= kMostSeconds; ++unit) seconds /= 1000;
  if (seconds >= kMostSeconds) return std::nullopt;
  return seconds;
}

}  // namespace seep::endpoint
