// SPDX-License-Identifier: Apache-2.0
// How often to look. Points every 5 s and heap snapshots every 60 s; closer for short runs, so
// that a run of any length has enough of both.
#pragma once

#include <algorithm>
#include <optional>

namespace seep::agent {

class Cadence {
 public:
  // Seconds; what is not set scales with the planned duration, or with the time elapsed so far.
  struct Settings {
    std::optional<double> tick_s;
    std::optional<double> snapshot_s;
    std::optional<double> duration_s;
  };
  explicit Cadence(const Settings& settings) : settings_(settings) {}

  double TickAfter(double elapsed_s) const {
    return settings_.tick_s.value_or(std::clamp(Horizon(elapsed_s) / 240, 0.25, 5.0));
  }
  double SnapshotAfter(double elapsed_s) const {
    return settings_.snapshot_s.value_or(std::clamp(Horizon(elapsed_s) / 60, 1.0, 60.0));
  }

 private:
  double Horizon(double elapsed_s) const { return settings_.duration_s.value_or(elapsed_s); }

  Settings settings_;
};

}  // namespace seep::agent
