// SPDX-License-Identifier: Apache-2.0
// Which part of the resident memory grows. Every part is fitted by the same linear estimator (means
// of blocks, and the Huber weights of the whole), so the slopes of the parts add up to the slope of
// the whole (analysis.md 2.5; medians and other robust estimates of parts do not add).
#pragma once

#include <string_view>
#include <vector>

#include "analysis/memory/memory_parts.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// A part with this share of the slope is what grows.
inline constexpr double kDominantShare = 0.6;

struct Attribution {
  double rss_slope_per_hour = 0;              // of resident memory and swap: the sum of the parts
  std::vector<model::AttributionPart> parts;  // empty: too few points in common

  // 0: there is no such part.
  double ShareOf(std::string_view name) const;
  // The part, or the two of files, with kDominantShare of a slope above 0; null: none has.
  const model::AttributionPart* Dominant() const;
};

Attribution Attribute(const MemoryParts& memory);

}  // namespace seep::analysis
