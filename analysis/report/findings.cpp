// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/findings.h"

#include <algorithm>

#include "storage/model/series.h"

namespace seep::report {

namespace metric = model::metric;

bool Findings::Has(std::string_view metric) const {
  return std::any_of(series.begin(), series.end(), [metric](const model::SeriesVerdict* verdict) {
    return verdict->metric == metric;
  });
}

double Findings::StacksPerHour() const {
  double growth = 0;
  for (const model::StackVerdict* stack : stacks) growth += stack->growth_bytes_per_hour;
  return growth;
}

Findings FindingsOf(const ReportInput& input, model::TargetId target) {
  Findings findings;
  for (const char* name :
       {metric::kHeapLive, metric::kMappedLive, metric::kRssSwap, metric::kFds, metric::kThreads,
        metric::kFdsTcpCloseWait, metric::kZombies, metric::kMemoryFiles, metric::kSysvShm,
        metric::kDeletedFiles, metric::kMappings}) {
    for (const model::SeriesVerdict& series : input.verdict.series) {
      if (series.target == target && series.metric == name && series.is_finding) {
        findings.series.push_back(&series);
      }
    }
  }
  const std::vector<model::StackVerdict>& stacks = input.verdict.stacks;
  for (size_t i = 0; i < stacks.size(); ++i) {
    if (stacks[i].target != target) continue;
    if (findings.stacks.empty()) findings.first_rank = i + 1;
    findings.stacks.push_back(&stacks[i]);
  }
  return findings;
}

const model::SeriesVerdict* SubjectSeries(const ReportInput& input, std::string_view metric) {
  for (const model::SeriesVerdict& series : input.verdict.series) {
    if (series.target == input.verdict.attributed_target && series.metric == metric) return &series;
  }
  return nullptr;
}

}  // namespace seep::report
