// SPDX-License-Identifier: Apache-2.0
#include "analysis/summary.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

std::string Number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), std::abs(value) < 9.95 ? "%.1f" : "%.0f", value);
  return buffer.data();
}

// Per minute when it is fast, per hour otherwise: the smaller number is the readable one.
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

std::string LimitClause(const std::optional<model::Forecast>& forecast) {
  if (!forecast) return {};
  if (forecast->hours <= 0) return "; the limit is reached";
  return std::string("; at this rate the limit is reached in ") +
         (forecast->is_beyond_horizon ? "roughly " : "") + Hours(forecast->hours);
}

}  // namespace

std::string TargetName(const model::Target& target) {
  std::string name = model::ProgramName(target);
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return name + " (pid " + std::to_string(target.pid) + ")";
}

std::string SummarizeGrowth(const TargetFindings& findings,
                            const std::optional<model::Forecast>& forecast) {
  const std::string name = TargetName(*findings.target);
  if (findings.stacks_grow) {
    double growth = 0;
    for (const GrowingStack& stack : findings.stacks.growing) {
      growth += stack.verdict.growth_bytes_per_hour;
    }
    const size_t count = findings.stacks.growing.size();
    const std::string keeps =
        count == 1 ? "1 stack of " + name + " keeps " + Rate(growth) + " more than it frees"
                   : std::to_string(count) + " stacks of " + name + " keep " + Rate(growth) +
                         " more than they free";
    return "Growth: " + keeps + LimitClause(forecast) + ".";
  }
  if (findings.heap_grows || findings.rss_grows) {
    const Trend& trend = findings.heap_grows ? findings.heap_live : findings.rss_swap;
    return std::string("Growth: the ") + (findings.heap_grows ? "live heap" : "resident memory") +
           " of " + name + " rises by " + Rate(3600 * trend.slope_per_s) + " and keeps rising" +
           LimitClause(forecast) + ".";
  }
  const bool is_fds = findings.fds.growth_class == GrowthClass::kGrowth;
  const Trend& trend = is_fds ? findings.fds : findings.threads;
  return "Growth: " + name + (is_fds ? " opens " : " starts ") + Number(3600 * trend.slope_per_s) +
         " more " +
         (is_fds ? "file descriptors per hour than it closes." : "threads per hour than it ends.");
}

std::string SummarizePass(const TargetFindings& findings) {
  const bool is_warm = findings.growth_class == GrowthClass::kWarmUp;
  return std::string(is_warm ? "No growth after warm-up" : "No growth") + ": a leak above " +
         Rate(3600 * findings.detectable_per_s) + " would have been seen.";
}

std::string SummarizeInconclusive(const std::string& reason) {
  return "Inconclusive: " + reason + ".";
}

}  // namespace seep::analysis
