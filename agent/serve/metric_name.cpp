// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/metric_name.h"

#include <algorithm>
#include <array>

#include "storage/model/series.h"

namespace seep::serve {
namespace {

struct BaseUnit {
  std::string_view unit;
  std::string_view suffix;
  double factor;
};

// What becomes a suffix. A count ("fds") has its name already.
constexpr std::array kBaseUnits{
    BaseUnit{"bytes", "bytes", 1},
    BaseUnit{"KiB", "bytes", 1024},
    BaseUnit{"seconds", "seconds", 1},
    BaseUnit{"s", "seconds", 1},
    BaseUnit{"milliseconds", "seconds", 1e-3},
    BaseUnit{"ms", "seconds", 1e-3},
    BaseUnit{"microseconds", "seconds", 1e-6},
    BaseUnit{"us", "seconds", 1e-6},
    BaseUnit{"ns", "seconds", 1e-9},
    BaseUnit{"ratio", "ratio", 1},
    BaseUnit{"percent", "ratio", 0.01},
    BaseUnit{"%", "ratio", 0.01},
};

// The metrics that only grow during the life of a process. Not the switches: a thread that ends
// takes its own with it.
constexpr std::array<std::string_view, 12> kCumulative{model::metric::kCpuSeconds,
                                                       model::metric::kHeapAlloc,
                                                       "minor_faults",
                                                       "major_faults",

                                                       "io_read",
                                                       "io_written",
                                                       "psi_memory_some_seconds",
                                                       "psi_memory_full_seconds",
                                                       "psi_io_some_seconds",
                                                       "psi_io_full_seconds",
                                                       "psi_cpu_some_seconds",
                                                       "psi_cpu_full_seconds"};
constexpr std::string_view kKindPrefix = "fds_";

std::string Words(std::string_view text) {
  std::string words;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_plain) words += c;
    if (!is_plain && !words.empty() && words.back() != '_') words += '_';
  }
  while (!words.empty() && words.back() == '_') words.pop_back();
  return words;
}

void Drop(std::string& words, std::string_view suffix) {
  if (words.size() > suffix.size() && words.ends_with(suffix)) {
    words.resize(words.size() - suffix.size());
  }
}

}  // namespace

ExportedName NameOf(std::string_view metric, std::string_view unit) {
  ExportedName exported;
  std::string words = Words(metric);
  // Endings that mean something else in Prometheus.
  for (const char* reserved : {"_total", "_count", "_sum", "_bucket", "_info", "_created"}) {
    Drop(words, reserved);
  }
  if (metric == model::metric::kHeapLiveSe) words = "heap_live_standard_error";
  if (unit == "fds" && words.starts_with(kKindPrefix)) {
    exported.name = "seep_target_fds_by_kind";
    exported.kind = words.substr(kKindPrefix.size());
    return exported;
  }
  exported.name = "seep_target_" + (words.empty() ? "unnamed" : words);
  const auto* base = std::ranges::find(kBaseUnits, unit, &BaseUnit::unit);
  if (base != kBaseUnits.end()) {
    exported.factor = base->factor;
    if (!words.ends_with(base->suffix)) exported.name.append("_").append(base->suffix);
  }
  exported.is_counter = std::ranges::find(kCumulative, metric) != kCumulative.end();
  if (exported.is_counter) exported.name += "_total";
  return exported;
}

ExportedName RateNameOf(std::string_view middle, std::string_view unit) {
  const auto* base = std::ranges::find(kBaseUnits, unit, &BaseUnit::unit);
  const bool is_base = base != kBaseUnits.end();
  const std::string words = is_base ? std::string(base->suffix) : Words(unit);
  ExportedName exported;
  exported.factor = (is_base ? base->factor : 1) / 3600;
  exported.name = "seep_target_" + std::string(middle) + "_" + (words.empty() ? "units" : words) +
                  "_per_second";
  return exported;
}

}  // namespace seep::serve
