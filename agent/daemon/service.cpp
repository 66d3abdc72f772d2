// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/watch/clock.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

RunWatchSettings SettingsOf(const ServicePlan& plan) {
  return {.cadence = {plan.tick_s, plan.snapshot_s, std::nullopt},
          .is_child = false,
          .run_token = 0,
          .no_probe = "not loaded: started without it"};
}

// 0 to 1, apart for runs that were begun one after the other: services that are found together are
// not all measured at once.
double PhaseOf(model::RunId run) {
  constexpr double kGoldenRatio = 0.6180339887498949;
  return std::fmod(static_cast<double>(run) * kGoldenRatio, 1);
}

// The newest one, if nobody is at it.
std::optional<model::RunId> FindUnfinished(const model::Run& now, sqlite::Database& database) {
  const auto runs = sqlite::ListRuns(database);
  if (!runs) return std::nullopt;
  const auto found = std::find_if(runs->begin(), runs->end(), [&now](const model::Run& run) {
    return run.name == now.name && run.host == now.host && run.command.empty();
  });
  if (found == runs->end() || found->is_finished) return std::nullopt;
  return found->id;
}

model::Result<BegunRun> BeginOrResume(const model::Run& now, sqlite::Database& database) {
  if (const auto unfinished = FindUnfinished(now, database)) {
    if (auto lock = RunLock::Take(database.path(), *unfinished)) {
      return ResumeRun(now, *unfinished, std::move(*lock), database);
    }
  }
  return BeginRun(now, database);
}

}  // namespace

model::Result<std::unique_ptr<Service>> Service::Open(const ServicePlan& plan, pid_t first,
                                                      sqlite::Database& database,
                                                      TickStore& store) {
  model::Run run = DescribeRun(first);
  run.name = plan.name;
  run.tick_s = plan.tick_s;
  run.snapshot_s = plan.snapshot_s;
  model::LimitTo(run, plan.limit_bytes);
  auto begun = BeginOrResume(run, database);
  if (!begun) return std::unexpected(begun.error());
  return std::unique_ptr<Service>(new Service(plan, std::move(*begun), store));
}

Service::Service(const ServicePlan& plan, BegunRun begun, TickStore& store)
    : plan_(plan),
      lock_(std::move(begun.lock)),
      recorder_(store, std::move(begun.writer)),
      watch_(SettingsOf(plan), recorder_, std::nullopt, begun.started_s),
      next_tick_s_(MonotonicSeconds() - plan.tick_s / 2 * PhaseOf(recorder_.run().id)) {
  const bool is_resumed = recorder_.run().duration_s > 0;
  watch_.AddEvent(is_resumed ? "resume" : "start", "watched by the agent");
}

void Service::Add(const proc::ProcessIdentity& process) {
  watch_.Discover();  // it may be a child of one that is watched
  if (Has(process.pid)) return;
  const bool is_restart = started_ > 0 && watch_.tree().living() == 0;
  if (!watch_.Start(process.pid)) return;  // has ended meanwhile
  ++started_;
  idle_since_s_.reset();
  if (is_restart) watch_.AddEvent("restart", fmt::format("runs again as process {}", process.pid));
}

void Service::Tick(double now_s) {
  watch_.Tick(/*is_final=*/false);
  TakeFigures();
  // Where it should have been, so that the ticks of many services stay spread; not twice at once.
  next_tick_s_ = std::max(next_tick_s_ + plan_.tick_s, now_s + plan_.tick_s / 2);
  if (watch_.tree().living() > 0) {
    idle_since_s_.reset();
  } else if (!idle_since_s_) {
    idle_since_s_ = now_s;
  }
}

void Service::TakeFigures() {
  const double now_s = MonotonicSeconds();
  std::map<int, Figures> living;
  for (const model::TargetTick& tick : watch_.last_tick().targets) {
    if (tick.measurements.empty()) continue;  // has ended
    Figures& figures = living[tick.target.pid];
    if (const auto known = figures_.find(tick.target.pid);
        known != figures_.end() && known->second.target.start_ticks == tick.target.start_ticks) {
      figures = std::move(known->second);
    }
    figures.target = tick.target;
    figures.at_s = now_s;
    for (const model::Measurement& one : tick.measurements) figures.by_metric[one.metric] = one;
  }
  figures_ = std::move(living);
}

void Service::Close(bool is_finished) {
  watch_.Tick(/*is_final=*/true);
  watch_.AddEvent("stop", is_finished ? "the run is complete" : "the agent was stopped");
  watch_.Close();
  if (!is_finished) return;
  [[maybe_unused]] const auto finished = recorder_.Finish(watch_.elapsed_s(), std::nullopt);
}

}  // namespace seep::agent
