// SPDX-License-Identifier: Apache-2.0
// Stops asking a dependency that does not answer, and finds out when it is back. One for each
// dependency: the database, each scraped endpoint, a symbol server.
//
//            failures_to_open in a row, or half of the last 20 calls
//     closed -----------------------------------------------------> open
//        ^                                                       |      ^
//        | successes_to_close in a row     the back-off is over  |      | a failure: the next
//        +-------------------------- half-open <-----------------+      | back-off is longer
//                                        +------------------------------+
//
// Pure: time is an argument (seconds of any clock that does not go back), jitter comes from a
// seed. Not thread-safe: it belongs to the thread that calls the dependency; Status() is a value to
// hand to others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/resilience/backoff.h"
#include "agent/resilience/error_class.h"
#include "agent/resilience/latency_histogram.h"

namespace seep::resilience {

enum class BreakerState { kClosed, kOpen, kHalfOpen };
std::string_view ToString(BreakerState state);

struct BreakerSettings {
  int failures_to_open = 3;
  int successes_to_close = 2;
  // A call may take that long. Closed, and with 20 answers since it last opened: four times their
  // p95, within these bounds.
  double call_timeout_s = 5;
  double least_call_timeout_s = 0.5;
  // Closed for that long, the back-off begins with the first wait again; before, it goes on where
  // it was: a dependency that comes and goes is left alone for longer and longer.
  double calm_s = 300;
  BackoffSettings backoff;
};

struct Transition {
  double at_s = 0;
  BreakerState from = BreakerState::kClosed;
  BreakerState to = BreakerState::kClosed;
  ErrorClass cause = ErrorClass::kUnknown;  // meant when `to` is open
  std::string reason{};                     // one line for people
  double wait_s = 0;                        // until the next probe, when `to` is open
};
// "database: closed to open (transient): disk full; asked again in 3 s"
std::string Describe(std::string_view name, const Transition& transition);

struct BreakerStatistics {
  uint64_t requests = 0;  // admitted, whatever came of them
  uint64_t failures = 0;
  uint64_t rejected = 0;  // not admitted
  uint64_t slow = 0;      // successes beyond the call timeout
  uint64_t times_opened = 0;
  double p95_s = 0;  // of the calls that were answered
};

// What health and metrics show.
struct BreakerStatus {
  std::string name;
  BreakerState state = BreakerState::kClosed;
  double since_s = 0;       // of the state
  double next_probe_s = 0;  // when open
  std::string last_error;   // empty: none yet
  BreakerStatistics statistics;
};

class CircuitBreaker {
 public:
  CircuitBreaker(std::string name, BreakerSettings settings, uint64_t seed);

  // May the dependency be asked now? Whoever gets true reports Succeed or Fail. Half-open, one
  // call at a time is admitted; one that is never reported stands in the way for call_timeout_s.
  bool Admit(double now_s);
  // An open one may be asked now: the last chance before the end.
  void ProbeNow(double now_s);
  void Succeed(double now_s, double call_s);
  // `retry_after_s`: what the dependency asked for, kept to within an hour.
  void Fail(double now_s, double call_s, ErrorClass error, std::string reason,
            std::optional<double> retry_after_s = std::nullopt);

  // How long to wait for the next call.
  double CallTimeout() const;

  BreakerState state() const { return state_; }
  BreakerStatus Status() const;
  // Those since the last call, oldest first; at most kMostTransitions, the oldest are dropped.
  std::vector<Transition> TakeTransitions();

 private:
  static constexpr int kRecentCalls = 20;
  static constexpr size_t kMostTransitions = 100;

  void Note(bool is_failure);
  bool IsFailingOften() const;
  void Open(double now_s, ErrorClass error, const std::string& reason,
            std::optional<double> retry_after_s);
  void MoveTo(Transition transition);

  std::string name_;
  BreakerSettings settings_;
  Backoff backoff_;
  LatencyHistogram latencies_;
  BreakerStatistics statistics_;
  BreakerState state_ = BreakerState::kClosed;
  double since_s_ = 0;
  double next_probe_s_ = 0;
  std::optional<double> probing_since_s_;  // half-open: a call is under way
  int failures_in_a_row_ = 0;
  int successes_in_a_row_ = 0;
  uint32_t recent_failures_ = 0;  // bit i: the i-th last call failed
  int recent_calls_ = 0;          // known ones, at most kRecentCalls
  int answers_ = 0;               // since it last opened, at most kRecentCalls
  std::string last_error_;
  std::vector<Transition> transitions_;
};

}  // namespace seep::resilience
