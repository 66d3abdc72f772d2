// SPDX-License-Identifier: Apache-2.0
// What the readers of load tools' files tell, and whom they tell it. Times are CLOCK_REALTIME, in
// seconds since 1970.
#pragma once

#include <string>
#include <vector>

#include "storage/model/load.h"

namespace seep::endpoint {

// One request that was answered, well or not.
struct Answer {
  double at_s = 0;    // when the answer was there
  double took_s = 0;  // from the request to it
  bool is_error = false;
  std::string operation{};
};

// Of tools that tell sums and quantiles of an interval.
struct AnswerSummary {
  double begin_s = 0;
  double end_s = 0;
  std::string operation{};  // empty: of all together; others are not added to that
  double requests = 0;
  double errors = 0;  // of these
  std::vector<model::LatencyBucket> latency{};
};

class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void Take(const Answer& answer) = 0;
  virtual void Take(const AnswerSummary& summary) = 0;
  // Users or connections that ask at this moment.
  virtual void TakeConcurrency(double at_s, double users) = 0;
};

}  // namespace seep::endpoint
