// SPDX-License-Identifier: Apache-2.0
// Verdicts on services, one after the other, each by a `seep report` of its own: a run of days
// takes more memory to judge than the agent may have, and a fault there must not end it.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/daemon/service_verdict.h"
#include "agent/resilience/circuit_breaker.h"
#include "agent/serve/agent_snapshot.h"
#include "storage/model/descriptor.h"
#include "storage/model/ids.h"

namespace seep::agent {

// One thread. A report that runs is ended with the watch.
class VerdictWatch {
 public:
  // `symbol_server`: URLs that reports may ask for debug files; empty: none.
  VerdictWatch(std::string database, double interval_s, std::string symbol_server);
  VerdictWatch(const VerdictWatch&) = delete;
  VerdictWatch& operator=(const VerdictWatch&) = delete;
  ~VerdictWatch() { Abandon(); }

  // `runs`: with the names of their services. Takes what the running report has written, and says
  // what is new of it; when none runs, begins that of the run whose verdict is the oldest, if it is
  // due.
  void Update(double now_s, const std::map<model::RunId, std::string>& runs);
  // Readable when the report has written something; -1: none runs.
  int descriptor() const { return output_ ? output_->get() : -1; }

  // Of the symbol server, where there is one. Each report asks it behind a breaker of its own,
  // which costs little; this one keeps the next reports from asking at all.
  const std::optional<resilience::CircuitBreaker>& symbol_breaker() const {
    return symbol_breaker_;
  }
  std::vector<resilience::Transition> TakeTransitions();

  const ServiceVerdict* Find(model::RunId run) const;
  // Why the last report failed, and when on CLOCK_MONOTONIC; nothing: it did not.
  const std::optional<serve::LastError>& last_error() const { return last_error_; }

 private:
  void Begin(double now_s, model::RunId run);
  void NoteSymbolServer(const ServiceVerdict& verdict);
  void SayWhatIsNew(const ServiceVerdict& verdict);
  void Note(std::string message);
  void Take(double now_s);
  void End();
  void Abandon();

  std::string database_;
  double interval_s_;
  std::string symbol_server_;
  std::optional<resilience::CircuitBreaker> symbol_breaker_;
  bool asks_symbol_server_ = false;  // the report that runs
  std::map<model::RunId, ServiceVerdict> verdicts_;
  std::map<model::RunId, double> begun_s_;
  model::RunId run_{};  // of the report that runs
  std::string name_;    // of its service
  pid_t child_ = 0;
  double child_begun_s_ = 0;
  std::optional<model::Descriptor> output_;
  std::string text_;
  std::optional<serve::LastError> last_error_;
};

}  // namespace seep::agent
