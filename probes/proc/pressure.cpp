// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/pressure.h"

#include <charconv>

#include "probes/proc/files.h"

namespace seep::proc {
namespace {

// The number behind "KEY=".
std::optional<double> Value(std::string_view line, std::string_view key) {
  const size_t at = line.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  double value = 0;
  const char* end = line.data() + line.size();
  if (std::from_chars(line.data() + at + key.size(), end, value).ec != std::errc{}) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

// "some avg10=0.00 avg60=0.00 avg300=0.00 total=0", total in microseconds.
Pressure ParsePressure(std::string_view text) {
  constexpr double kMicrosecond = 1e-6;
  Pressure pressure;
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    auto total = Value(line, "total=");
    if (total) *total *= kMicrosecond;
    if (line.starts_with("some ")) {
      pressure.some_percent = Value(line, "avg10=");
      pressure.some_seconds = total;
    } else if (line.starts_with("full ")) {
      pressure.full_percent = Value(line, "avg10=");
      pressure.full_seconds = total;
    }
  }
  return pressure;
}

Pressure ReadPressure(const std::string& group_folder, const std::string& resource) {
  auto text = ReadFile(group_folder + "/" + resource + ".pressure");
  if (!text || group_folder.empty()) text = ReadFile("/proc/pressure/" + resource);
  return text ? ParsePressure(*text) : Pressure{};
}

}  // namespace seep::proc
