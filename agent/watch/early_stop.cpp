// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/early_stop.h"

#include <chrono>
#include <utility>

#include "analysis/verdict.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {

using analysis::StreamState;

EarlyStop::EarlyStop(std::string database, model::RunId run, const analysis::StreamPlan& plan)
    : database_(std::move(database)), run_(run), looks_(plan) {}

StreamState EarlyStop::Update(double t_s) {
  if (pending_.valid()) {
    if (pending_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return state_;
    Outcome outcome = pending_.get();
    looks_ = std::move(outcome.looks);
    state_ = outcome.state;
  }
  // The tick behind the moment must be stored.
  const bool is_due = t_s > looks_.next_s() && state_ != StreamState::kConfirmedEarly;
  if (is_due) pending_ = std::async(std::launch::async, &LookAgain, database_, run_, looks_);
  return state_;
}

// A database that cannot be read now is tried again with the next tick.
EarlyStop::Outcome EarlyStop::LookAgain(const std::string& path, model::RunId run,
                                        analysis::RunLooks looks) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadOnly);
  if (!database) return {std::move(looks), StreamState::kCollecting};
  if (const auto data = sqlite::LoadRunSeries(*database, run)) looks.Add(*data);
  StreamState state = looks.state();
  if (state == StreamState::kConfirmedEarly) {
    const auto data = sqlite::LoadRun(*database, run);
    const bool is_agreed = data && analysis::ConfirmsGrowth(analysis::Analyze(*data));
    if (!is_agreed) state = StreamState::kSuspected;
  }
  return {std::move(looks), state};
}

}  // namespace seep::agent
