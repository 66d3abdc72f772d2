// SPDX-License-Identifier: Apache-2.0
// From a run and its verdict to what is kept of it for comparisons.
#pragma once

#include <functional>
#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/run_summary.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// The readable frames of a stack, innermost first, without those of the allocator.
using StackNames = std::function<std::vector<model::SourceFrame>(const model::Stack&)>;

// `names` is called once a stack that is kept. Rates and allocations are of the time from the heap
// snapshot at an eighth of the run, when start-up is over, to the last.
model::RunSummary Summarize(const model::RunData& data, const model::Verdict& verdict,
                            const model::RunKey& key, const StackNames& names);

// The part of a run that its figures are of.
struct JudgedTime {
  double begin_s = 0;
  double end_s = 0;
  double requests = 0;     // answered in it; 0: not known
  double concurrency = 0;  // mean; 0: not known

  double Length_s() const { return end_s - begin_s; }
};
JudgedTime FindJudgedTime(const model::RunData& data);

// The last state of a stack not after `t_s`; all zero before the first.
model::StackPoint StateAt(const std::vector<model::StackPoint>& points, double t_s);

// Features by the order of FeatureKinds; those that cannot be told are left out.
std::vector<model::RunFeature> MeasureFeatures(const model::RunData& data,
                                               const model::Verdict& verdict,
                                               const JudgedTime& time);

// Stacks of all processes, those of the same addresses as one; without those that are neither a
// ten thousandth of what was allocated nor of what is in use, nor grow; at most kMostStacks.
inline constexpr size_t kMostStacks = 2000;
std::vector<model::StackSummary> SummarizeStacks(const model::RunData& data,
                                                 const model::Verdict& verdict,
                                                 const JudgedTime& time, const StackNames& names);

}  // namespace seep::analysis
