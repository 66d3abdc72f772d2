// SPDX-License-Identifier: Apache-2.0
// All looks at a run that still goes on. They depend on the stored points and the plan alone: begun
// anew in the middle of a run, or after it, they come out the same.
#pragma once

#include <string>
#include <vector>

#include "analysis/streaming/stream_state.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

class RunLooks {
 public:
  explicit RunLooks(const StreamPlan& plan) : plan_(plan) {}

  // Looks at every moment of the plan that `data` has got past and that was not looked at yet:
  // at resident memory, file descriptors and threads of the largest processes. Stacks are not used.
  void Add(const model::RunData& data);

  // Of the series that is furthest, at the last moment.
  StreamState state() const;
  double next_s() const { return MomentOf(plan_, next_); }

 private:
  struct SeriesLooks {
    model::TargetId target{};
    std::string metric;
    std::vector<Look> looks;
  };
  void AddMoment(const model::RunData& data, double t_s);
  std::vector<Look>& LooksOf(model::TargetId target, const std::string& metric);

  StreamPlan plan_;
  size_t next_ = kFirstLook;
  std::vector<SeriesLooks> series_;
};

// Whether the verdict on the whole data until now agrees: growth, and not by resident memory alone,
// which an allocator's slack can make.
bool ConfirmsGrowth(const model::Verdict& verdict);

}  // namespace seep::analysis
