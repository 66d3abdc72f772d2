// SPDX-License-Identifier: Apache-2.0
// One leaking run with its verdict, written by hand: every number of it is known.
#pragma once

#include "analysis/report/report.h"

namespace seep::report {

struct Fixture {
  model::RunData data;
  model::Verdict verdict;
  std::map<model::StackId, std::vector<model::SourceFrame>> frames;
  std::vector<std::string> warnings;
  std::vector<std::string> source_roots{};

  ReportInput Input() const { return {data, verdict, frames, warnings, {}, source_roots}; }
};

Fixture LeakingRun();

}  // namespace seep::report
