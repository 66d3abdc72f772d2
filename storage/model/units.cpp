// SPDX-License-Identifier: Apache-2.0
#include "storage/model/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

namespace seep::model {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKiB = 1024.0;
constexpr std::array<Unit, 5> kDurations{
    {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}}};
constexpr std::array<Unit, 9> kSizes{{{"B", 1},
                                      {"KiB", kKiB},
                                      {"MiB", kKiB* kKiB},
                                      {"GiB", kKiB* kKiB* kKiB},
                                      {"TiB", kKiB* kKiB* kKiB* kKiB},
                                      {"K", kKiB},
                                      {"M", kKiB* kKiB},
                                      {"G", kKiB* kKiB* kKiB},
                                      {"T", kKiB* kKiB* kKiB* kKiB}}};

// The number before the unit, times the unit; nothing when either is not understood.
template <size_t N>
std::optional<double> ParseWithUnit(std::string_view text, const std::array<Unit, N>& units) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
  if (failure != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
  const std::string_view suffix(rest, static_cast<size_t>(end - rest));
  if (suffix.empty()) return number;
  for (const Unit& unit : units) {
    if (suffix == unit.name) return number * unit.factor;
  }
  return std::nullopt;
}

std::string Printf(const char* format, auto... values) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

}  // namespace

Result<double> ParseDuration(std::string_view text) {
  const auto seconds = ParseWithUnit(text, kDurations);
  if (!seconds || *seconds <= 0) {
    return Fail(Errc::kInvalidArgument, "duration '" + std::string(text) +
                                            "' is not understood; write a number with ms, s, m, h "
                                            "or d, such as 90s, 30m, 24h");
  }
  return *seconds;
}

Result<uint64_t> ParseSize(std::string_view text) {
  const auto bytes = ParseWithUnit(text, kSizes);
  if (!bytes || *bytes < 1 || *bytes > 0x1p62) {
    return Fail(Errc::kInvalidArgument, "size '" + std::string(text) +
                                            "' is not understood; write a number with B, KiB, MiB, "
                                            "GiB or TiB, such as 64KiB, 2GiB");
  }
  return static_cast<uint64_t>(std::llround(*bytes));
}

std::string FormatBytes(double bytes) {
  constexpr std::array<const char*, 6> kNames{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  size_t unit = 0;
  while (std::abs(bytes) >= 1023.5 && unit + 1 < kNames.size()) {
    bytes /= kKiB;
    ++unit;
  }
  const double magnitude = std::abs(bytes);
  const int decimals = unit == 0 || magnitude >= 99.95 ? 0 : magnitude >= 9.995 ? 1 : 2;
  return Printf("%.*f %s", decimals, bytes, kNames[unit]);
}

std::string FormatBytesPerHour(double bytes_per_hour) {
  return FormatBytes(bytes_per_hour) + "/h";
}

std::string FormatQuantity(double value, const std::string& unit) {
  if (unit == "bytes") return FormatBytes(value);
  const bool is_long = std::abs(value) >= 999.5 && std::abs(value) < 1e9;
  const std::string number = Printf(is_long ? "%.0f" : "%.3g", value);
  return unit.empty() ? number : number + ' ' + unit;
}

std::string FormatDuration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(seconds));
  if (whole < 60) return Printf("%llds", whole);
  if (whole < 3600) return Printf("%lldm%02llds", whole / 60, whole % 60);
  if (whole < 86400) return Printf("%lldh%02lldm", whole / 3600, whole % 3600 / 60);
  return Printf("%lldd%02lldh", whole / 86400, whole % 86400 / 3600);
}

std::string FormatTimestamp(int64_t realtime_ns) {
  constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
  const auto seconds = static_cast<time_t>(realtime_ns / kNanosecondsPerSecond);
  std::tm utc{};
  if (gmtime_r(&seconds, &utc) == nullptr) return {};
  std::array<char, 40> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

}  // namespace seep::model
