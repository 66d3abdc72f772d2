// SPDX-License-Identifier: Apache-2.0
// Answers, in any order within a few seconds, to windows of time: one of each operation and one of
// all together, as long as the time between heap snapshots. No clock; one thread at a time.
//
// A window is given once something is told that is later, or a minute after its end when nothing
// more is there to be read. What comes for it afterwards is counted as late. Between two windows of
// which something is told there is no gap: where nothing is told nothing was answered. Behind the
// last one nobody knows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/endpoint/answer.h"
#include "probes/endpoint/operations.h"

namespace seep::endpoint {

// Of a window that begins there: seconds.
using WindowLength = std::function<double(double begin_s)>;

// Load tools tell whole seconds.
inline constexpr double kShortestWindow_s = 1;

struct WindowSettings {
  std::string source;
  double run_started_at_s = 0;  // t = 0 of the run on CLOCK_REALTIME
  WindowLength length;
  double expected_interval_s = 0;  // of the load, 0: not known
};

struct LoadCounts {
  uint64_t answers = 0;     // that are in a window, given or not yet
  uint64_t late = 0;        // came when their window had been given
  uint64_t before_run = 0;  // of before t = 0
  uint64_t in_future = 0;   // more than five seconds from now: another clock
};

class LoadWindows : public AnswerSink {
 public:
  explicit LoadWindows(WindowSettings settings) : settings_(std::move(settings)) {}

  // The moment, before what follows; seconds of the run.
  void SetNow(double now_s) { now_s_ = now_s; }
  void Take(const Answer& answer) override;
  void Take(const AnswerSummary& summary) override;
  void TakeConcurrency(double at_s, double users) override;

  // Those that are complete, ascending. `is_all_read`: what is told so far is all that there is.
  std::vector<model::LoadWindow> TakeComplete(bool is_all_read);
  // The end: all the others too. The last one ends at now.
  std::vector<model::LoadWindow> TakeAll();

  void SetSource(std::string source) { settings_.source = std::move(source); }
  const LoadCounts& counts() const { return counts_; }

 private:
  struct Sums {  // of one operation
    double requests = 0;
    double errors = 0;
    std::map<int, double> cells;              // answers by model::LatencyCell
    std::vector<model::LatencyBucket> parts;  // of summaries
  };
  struct Window {
    std::vector<Sums> by_operation;  // by place in operations_
    double users = 0;                // sum of what was told, so often
    int users_told = 0;
  };

  std::optional<double> TimeInRun(double at_s);
  size_t WindowAt(double t_s);
  double BeginOf(size_t window);
  Window* Find(double t_s);
  Sums& SumsOf(Window& window, size_t operation);
  void Add(size_t operation, const AnswerSummary& summary, double begin_s, double end_s);
  void Give(size_t window, double end_s, std::vector<model::LoadWindow>* given);
  std::vector<model::LoadWindow> TakeUntil(double horizon_s);

  WindowSettings settings_;
  Operations operations_;
  std::vector<double> begins_{0};  // of the windows, as far as they are known
  std::map<size_t, Window> open_;  // by number
  size_t next_ = 0;                // windows before it have been given
  bool has_given_ = false;
  double now_s_ = 0;
  double latest_s_ = 0;  // that anything was told of
  LoadCounts counts_;
};

}  // namespace seep::endpoint
