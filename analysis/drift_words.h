// SPDX-License-Identifier: Apache-2.0
// What drifts, for a reader who knows no statistics.
#pragma once

#include <string>
#include <vector>

#include "analysis/confidence.h"
#include "analysis/load/load_findings.h"

namespace seep::analysis {

// "answers become slower: 99 % of them took at most 80 ms at first and 100 ms at last, 25 % more
// per 24 h"; of one operation "answers of GET /cart become ...". The day only where a tenth of one
// was observed.
std::string DescribeDrift(const model::SeriesVerdict& series);

// "25 % more per 24 h", or what it was over the time that is judged.
std::string ChangeInWords(const model::SeriesVerdict& series);

// The 95 % interval of the same, "8 %".
struct ChangeRange {
  std::string low;
  std::string high;
};
ChangeRange ChangeRangeOf(const model::SeriesVerdict& series);

// Seconds as people read them: "81.2 ms", "1.30 s".
std::string Latency(double seconds);

// `drifting` is not empty. The verdict in one sentence.
std::string SummarizeDrift(const std::vector<const model::SeriesVerdict*>& drifting);
// Of a target that grows: what its growth does to the answers; empty: nothing drifts.
std::string AlsoDrifts(const std::vector<const model::SeriesVerdict*>& drifting);

// `drifting` is not empty: as of growth, the more that is not one and the same says so, the surer.
Confidence ConfidenceInDrift(const std::vector<const model::SeriesVerdict*>& drifting);

}  // namespace seep::analysis
