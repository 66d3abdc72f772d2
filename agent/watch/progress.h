// SPDX-License-Identifier: Apache-2.0
// The live line: elapsed time, RSS, live heap, its growth, the verdict so far, the top suspect. In
// a log the same as lines, now and then or as often as the user wants a heartbeat.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "agent/symbols/symbolizer.h"
#include "agent/watch/process_tree.h"

namespace seep::agent {

class Progress {
 public:
  // `heartbeat_s`: a line so often, quiet or not; empty: as it suits a log.
  Progress(bool is_quiet, std::optional<double> heartbeat_s)
      : is_quiet_(is_quiet), heartbeat_s_(heartbeat_s), next_beat_s_(heartbeat_s.value_or(0)) {}

  // When the run is to end; it may be open.
  void SetEnd(double end_s) { end_s_ = end_s; }

  // Once a tick; on a terminal the line is drawn each time, elsewhere now and then. `state`: of the
  // verdict so far; may be empty.
  void Show(double t_s, const ProcessTree& tree, std::string_view state);

  // Seconds until a heartbeat is due; empty: never.
  std::optional<double> UntilHeartbeat(double t_s) const;
  // When it is due: a line with what the last tick saw.
  void Beat(double t_s);

 private:
  double GrowthPerHour(double t_s, double live_bytes);
  std::string SuspectText(const TargetWatch::Glance& glance);
  std::string Elapsed(double t_s) const;

  bool is_quiet_;
  std::optional<double> heartbeat_s_;
  double next_beat_s_;
  std::optional<double> end_s_;
  std::string standing_;  // of the last tick, without the time
  double next_line_s_ = 0;
  std::deque<std::pair<double, double>> live_;  // (t, live bytes), thinned
  symbols::Symbolizer symbolizer_;
};

}  // namespace seep::agent
