// SPDX-License-Identifier: Apache-2.0
// The parts of a verdict that make it what it is, by target. Pointers are valid as long as the
// verdict.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "analysis/report/report.h"

namespace seep::report {

// What the verdict rests on: series that rise, and the stacks of one target.
struct Findings {
  std::vector<const model::SeriesVerdict*> series;
  std::vector<const model::StackVerdict*> stacks;
  size_t first_rank = 0;  // of the stacks in the list further down

  bool Has(std::string_view metric) const;
  double StacksPerHour() const;
};

Findings FindingsOf(const ReportInput& input, model::TargetId target);

// One metric of the target that the verdict speaks of. Null: not judged.
const model::SeriesVerdict* SubjectSeries(const ReportInput& input, std::string_view metric);

}  // namespace seep::report
