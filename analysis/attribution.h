// SPDX-License-Identifier: Apache-2.0
// Which part of the resident memory grows. Every part is fitted by the same linear estimator on
// the same times, so the slopes of the parts add up to the slope of the whole (analysis.md 2.5;
// medians and other robust estimates of parts do not add).
#pragma once

#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct Attribution {
  double rss_slope_per_hour = 0;              // of resident memory and swap: the sum of the parts
  std::vector<model::AttributionPart> parts;  // empty: too few points in common
};

// From `begin_s` on. Parts: heap_live, anon_other (RssAnon without heap_live: allocator slack,
// thread stacks, direct mappings), file, shmem, swap. Without heap data anon_other is all of
// RssAnon and there is no heap_live.
Attribution Attribute(const model::RunData& data, model::TargetId target, double begin_s);

}  // namespace seep::analysis
