// SPDX-License-Identifier: Apache-2.0
// What the analysis says: of a series, of a stack, of a run. Reports print these and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/ids.h"
#include "storage/model/stack.h"

namespace seep::model {

enum class GrowthClass {
  kInsufficientData,  // too little to judge: never a pass
  kStable,
  kWarmUp,  // grew, and stopped growing
  kGrowth,  // grows significantly and persistently: a leak until explained
  kDeclining,
};
const char* ToString(GrowthClass growth_class);  // "insufficient data", "stable", ...

// Exit codes of design.md section 4.
enum class ExitCode {
  kPass = 0,
  kFailed = 1,
  kUsage = 2,
  kGrowth = 10,
  kRegression = 11,
  kInconclusive = 12,
  kLimit = 13,
};

struct SeriesVerdict {
  TargetId target{};
  std::string metric;
  std::string unit;
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  double slope_per_hour = 0;  // unit per hour, over the part after warm-up
  double ci_low = 0;          // 95 % interval of the slope
  double ci_high = 0;
  double level = 0;  // median after warm-up
  double warmup_end_s = 0;
  size_t points = 0;
  double detectable_per_hour = 0;  // smallest growth that would have been seen
  std::string explanation;         // one line for people: why this class
};

struct StackVerdict {
  TargetId target{};
  StackId stack{};
  StackKind kind = StackKind::kHeap;
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  double growth_bytes_per_hour = 0;
  double ci_low = 0;  // one-sided 95 % lower bound of the growth
  double live_bytes = 0;
  double live_bytes_se = 0;
  double share = 0;         // of the growth of all growing stacks, 0-1
  double age_p50_s = 0;     // median age of the blocks in use
  std::string explanation;  // one line for people: why this verdict
};

// One part of the resident memory and its share of the growth. Parts add up to the total.
struct AttributionPart {
  std::string name;  // "heap_live", "anon_other", "file", "shmem", "swap"
  double slope_per_hour = 0;
  double share = 0;  // of the total slope
};

struct Forecast {
  uint64_t limit_bytes = 0;
  std::string limit_source;
  double hours = 0;                // until the limit at the present slope
  double low = 0;                  // 90 % interval
  double high = 0;                 // infinity when the slope may be zero
  bool is_beyond_horizon = false;  // further than 10x the observed time: an order of magnitude
};

struct Verdict {
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  std::string confidence;  // "high", "medium", "low"
  ExitCode exit_code = ExitCode::kInconclusive;
  std::string summary;  // one sentence for people
  std::vector<SeriesVerdict> series;
  std::vector<StackVerdict> stacks;  // growing ones, by descending ci_low
  TargetId attributed_target{};      // the target that the attribution and forecast speak of
  double rss_slope_per_hour = 0;
  std::vector<AttributionPart> attribution;
  std::optional<Forecast> forecast;
  std::vector<std::string> warnings;
};

}  // namespace seep::model
