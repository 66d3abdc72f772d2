// SPDX-License-Identifier: Apache-2.0
// How sure a verdict is, and why, for a reader who knows no statistics (docs/analysis.md,
// Confidence).
#pragma once

#include <string>

#include "analysis/series/trend.h"
#include "analysis/target_findings.h"

namespace seep::analysis {

struct Confidence {
  std::string level;   // "high", "medium", "low"
  std::string reason;  // what agrees, or how much data it rests on; no full stop
};

// `findings` of a target that grows: the more independent sources say so, the surer.
Confidence ConfidenceInGrowth(const TargetFindings& findings);

// Of a service that grows as a whole: its series are sums of one and the same processes.
Confidence ConfidenceInService(double p_value);

// `findings` of a target that does not: worth as much as the time it rests on, and more with heap
// data.
Confidence ConfidenceInPass(const TargetFindings& findings);

// Of a judged series that comes alone: as that of a run without heap data, and never high.
Confidence ConfidenceInSeries(const Trend& trend);

}  // namespace seep::analysis
