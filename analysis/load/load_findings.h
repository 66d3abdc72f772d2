// SPDX-License-Identifier: Apache-2.0
// Everything the statistics say of what a service was asked and how it answered.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/load/load_source.h"
#include "storage/model/load_verdict.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

struct LoadFindings {
  // Of each source all together first: p50, p95, p99, throughput, errors; then its operations.
  // is_finding: it drifts.
  std::vector<model::SeriesVerdict> series;
  std::vector<model::OperationStanding> operations;
  std::vector<std::string> warnings;

  // Those that drift, the ones of all operations together before others, then by what they changed
  // in multiples of what matters. Valid as long as `series`.
  std::vector<const model::SeriesVerdict*> Drifting() const;
};

// `load` of SplitLoad; `run_s`: how long the run was.
LoadFindings JudgeLoad(std::span<const LoadSeries> load, double run_s);

}  // namespace seep::analysis
