// SPDX-License-Identifier: Apache-2.0
// The live line: elapsed time, RSS, live heap, its growth, the verdict so far, the top suspect.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "agent/symbols/symbolizer.h"
#include "agent/watch/process_tree.h"

namespace seep::agent {

class Progress {
 public:
  explicit Progress(bool is_quiet) : is_quiet_(is_quiet) {}

  // Once a tick; on a terminal the line is drawn each time, elsewhere now and then. `state`: of the
  // verdict so far; may be empty.
  void Show(double t_s, const ProcessTree& tree, std::string_view state);

 private:
  double GrowthPerHour(double t_s, double live_bytes);
  std::string SuspectText(const TargetWatch::Glance& glance);

  bool is_quiet_;
  double next_line_s_ = 0;
  std::deque<std::pair<double, double>> live_;  // (t, live bytes), thinned
  symbols::Symbolizer symbolizer_;
};

}  // namespace seep::agent
