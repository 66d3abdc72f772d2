// SPDX-License-Identifier: Apache-2.0
// One simulated process as the agent would record it, tick by tick, for measuring what its run
// costs in the database. The values have the shapes of the real ones (pages, counters, fractions),
// since the size of a row depends on them.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "bench/synthetic/random.h"
#include "storage/model/tick.h"

namespace seep::synthetic {

struct ReplayShape {
  double tick_s = 5;
  double snapshot_s = 60;
  size_t stacks = 2000;
  size_t changed_stacks = 200;  // at a snapshot, any of them: all change in a window of an hour
  size_t frames = 20;
  size_t samples = 4;  // in use at a stack
};

class ReplayTarget {
 public:
  ReplayTarget(int number, const ReplayShape& shape);

  // The tick of that number, from 1. Its time has the jitter of a timer.
  model::Tick Next(int64_t tick);

 private:
  struct Stack {
    model::StackPoint point;
    int64_t window = -1;                 // of `point`
    std::map<int64_t, uint64_t> births;  // samples in use by window of birth, in 1/4 s
  };
  void AddMeasurements(bool is_snapshot, std::vector<model::Measurement>* measurements);
  model::HeapDelta Snapshot(double t_s, bool is_first);
  void Change(double t_s, uint32_t slot, model::HeapDelta* delta);

  ReplayShape shape_;
  Rng rng_;
  model::Target target_;
  int64_t window_length_ = 1;
  double rss_pages_ = 100'000;
  double cpu_ticks_ = 0;
  std::array<double, 4> counters_{};
  std::vector<Stack> stacks_;
};

}  // namespace seep::synthetic
