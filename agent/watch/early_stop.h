// SPDX-License-Identifier: Apache-2.0
// Looks at a run while it goes on, and tells when its growth is beyond doubt. A look takes a tenth
// of a second or more, so it runs on a thread of its own with its own connection to the database:
// ticks do not wait, nothing is shared, and what is judged is what a report would judge later.
#pragma once

#include <future>
#include <string>

#include "analysis/streaming/run_looks.h"
#include "storage/model/ids.h"

namespace seep::agent {

// One thread at a time. Waits for a look that runs when it goes out of scope.
class EarlyStop {
 public:
  EarlyStop(std::string database, model::RunId run, const analysis::StreamPlan& plan);

  // Once a tick: takes the outcome of a look, begins the next one when it is due.
  analysis::StreamState Update(double t_s);

 private:
  struct Outcome {
    analysis::RunLooks looks;
    analysis::StreamState state;
  };
  static Outcome LookAgain(const std::string& database, model::RunId run, analysis::RunLooks looks);

  std::string database_;
  model::RunId run_;
  analysis::RunLooks looks_;
  analysis::StreamState state_ = analysis::StreamState::kCollecting;
  std::future<Outcome> pending_;
};

}  // namespace seep::agent
