// SPDX-License-Identifier: Apache-2.0
// What a heap holds where growth cannot be judged: one look at a ledger, a run that was too short.
// The ages of the blocks in use are the only evidence there is of one moment. They tell start-up
// tables and work in progress from what accumulates, not a leak from a cache.
#pragma once

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

inline constexpr size_t kMostStanding = 50;  // stacks a target

// Of the target's last snapshot and last image (an exec empties the heap).
model::HeapStanding MeasureHeap(const model::RunData& data, const model::Target& target);

// Of a process that lived from `begin_s` to `end_s`.
model::AgePattern FindAgePattern(const model::StackHistory& history, double begin_s, double end_s);

}  // namespace seep::analysis
