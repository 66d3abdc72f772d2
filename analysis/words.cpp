// SPDX-License-Identifier: Apache-2.0
#include "analysis/words.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "storage/model/units.h"

namespace seep::analysis {

std::string Number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), std::abs(value) < 9.95 ? "%.1f" : "%.0f", value);
  return buffer.data();
}

std::string Count(double value) {
  const std::string digits = Number(value);
  const size_t end = std::min(digits.find('.'), digits.size());
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    const bool is_group = i > 0 && i < end && (end - i) % 3 == 0 && digits[i - 1] != '-';
    if (is_group) text += ',';
    text += digits[i];
  }
  return text;
}

std::string Rate(double bytes_per_hour) {
  constexpr double kFast_bytes_per_minute = 1024.0 * 1024;
  const double bytes_per_minute = bytes_per_hour / 60;
  if (std::abs(bytes_per_minute) < kFast_bytes_per_minute) {
    return model::FormatBytesPerHour(bytes_per_hour);
  }
  return model::FormatBytes(bytes_per_minute) + "/min";
}

std::string Hours(double hours) {
  constexpr double kLongest_hours = 10 * 365 * 24;
  if (!(hours < kLongest_hours)) return "more than ten years";
  if (hours < 1) return Number(60 * hours) + " min";
  if (hours < 72) return Number(hours) + " h";
  return Number(hours / 24) + " days";
}

std::string Percent(double share) {
  return Number(std::round(100 * share)) + " %";
}

}  // namespace seep::analysis
