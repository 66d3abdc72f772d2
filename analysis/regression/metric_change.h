// SPDX-License-Identifier: Apache-2.0
// The figures of a run beside those of a baseline (analysis.md 2.7.2; docs/regression.md).
#pragma once

#include <span>
#include <vector>

#include "storage/model/baseline.h"
#include "storage/model/comparison.h"

namespace seep::analysis {

// Every figure that either side has, the worst first. `runs`: one, or several of one build, whose
// mean is judged. Neither is empty.
//
// On the logarithm of what is always positive, else as it is: with m the median of the N runs of
// the baseline and s_N their standard deviation,
//   s^2 = (nu0 s0^2 + (N - 1) s_N^2) / (nu0 + N - 1),  nu0 = 4,
// where s0 is what runs of one build usually differ by, with the sampling errors that are known
// (the variance is shrunken toward s0: Efron & Morris 1975; as limma does, Smyth 2004). Then
//   t = (mean of the runs - m) / sqrt(s^2 / runs + c s^2 / N)
// is Student's with nu0 + N - 1 degrees of freedom; c = pi/2, the price of the median, from three
// runs on. Regressed: p < 0.005, a discovery among all figures at the rate kRate, and beyond both
// floors. With one run on either side that is provisional; with one of the baseline and several of
// the build it is regressed when each of them is beyond its bound.
std::vector<model::MetricChange> CompareMetrics(const model::Baseline& baseline,
                                                std::span<const model::RunSummary> runs);

}  // namespace seep::analysis
