// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/console.h"
#include "agent/watch/clock.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

constexpr char kServiceEvent[] = "service";
// Of a source that has told nothing for so long, and three windows, nothing is said any more.
constexpr double kLoadIsLate_s = 300;
// For the thread that asks to lay down what it has: other services wait meanwhile.
constexpr double kLoadPatience_s = 0.2;

RunWatchSettings SettingsOf(const ServicePlan& plan) {
  return {.cadence = {plan.tick_s, plan.snapshot_s, std::nullopt},
          .is_child = false,
          .follows_children = plan.follows_children,
          .run_token = 0,
          .no_probe = "not loaded: started without it"};
}

// 0 to 1, apart for runs that were begun one after the other: services that are found together are
// not all measured at once.
double PhaseOf(model::RunId run) {
  constexpr double kGoldenRatio = 0.6180339887498949;
  return std::fmod(static_cast<double>(run) * kGoldenRatio, 1);
}

// The newest one of the name.
struct Newest {
  std::optional<model::RunId> unfinished;
  bool is_of_another = false;  // and it is not over
};
model::Result<Newest> FindNewest(const model::Run& now, const std::string& key,
                                 sqlite::Database& database) {
  const auto runs = sqlite::ListRuns(database);
  if (!runs) return std::unexpected(runs.error());
  const auto found = std::find_if(runs->begin(), runs->end(), [&now](const model::Run& run) {
    return run.name == now.name && run.host == now.host && run.command.empty();
  });
  if (found == runs->end() || found->is_finished) return Newest{};
  const auto stored = sqlite::FindEvent(database, found->id, kServiceEvent);
  if (!stored) return std::unexpected(stored.error());
  if (*stored && **stored != key) return Newest{.unfinished = {}, .is_of_another = true};
  return Newest{.unfinished = found->id};
}

}  // namespace

model::Result<std::unique_ptr<Service>> Service::Open(const ServicePlan& plan, pid_t first,
                                                      sqlite::Database& database, TickStore& store,
                                                      LoadCollector& collector) {
  model::Run run = DescribeRun(first);
  run.name = plan.name;
  run.tick_s = plan.tick_s;
  run.snapshot_s = plan.snapshot_s;
  model::LimitTo(run, plan.limit_bytes);
  const auto newest = FindNewest(run, plan.key, database);
  if (!newest) return std::unexpected(newest.error());
  if (newest->is_of_another) return std::unique_ptr<Service>();
  if (newest->unfinished) {
    if (auto lock = RunLock::Take(database.path(), *newest->unfinished)) {
      auto begun = ResumeRun(run, *newest->unfinished, std::move(*lock), database);
      if (!begun) return std::unexpected(begun.error());
      return std::unique_ptr<Service>(new Service(plan, std::move(*begun), store, collector));
    }
  }
  auto begun = BeginRun(run, database);
  if (!begun) return std::unexpected(begun.error());
  return std::unique_ptr<Service>(new Service(plan, std::move(*begun), store, collector));
}

Service::Service(const ServicePlan& plan, BegunRun begun, TickStore& store,
                 LoadCollector& collector)
    : plan_(plan),
      collector_(collector),
      lock_(std::move(begun.lock)),
      recorder_(store, std::move(begun.writer)),
      watch_(SettingsOf(plan), recorder_, {}, begun.started_s),
      next_tick_s_(MonotonicSeconds() - plan.tick_s / 2 * PhaseOf(recorder_.run().id)) {
  const bool is_resumed = recorder_.run().duration_s > 0;
  watch_.AddEvent(is_resumed ? "resume" : "start", "watched by the agent");
  if (!is_resumed) watch_.AddEvent(kServiceEvent, plan_.key);
  WatchLoad();
}

void Service::SetLoad(const std::vector<endpoint::LoadSource>& sources) {
  if (sources == plan_.load) return;
  plan_.load = sources;
  if (LoadFeed* load = watch_.load()) {
    load->Change(sources);
  } else {
    WatchLoad();
  }
}

void Service::WatchLoad() {
  if (plan_.load.empty()) return;
  const double length_s = plan_.snapshot_s;
  auto feed =
      LoadFeed::Open(collector_,
                     {.owner = plan_.name,
                      .started_s = watch_.run_started_s(),
                      .started_at_s = static_cast<double>(recorder_.run().started_at_ns) / 1e9,
                      .length = [length_s](double) { return length_s; }},
                     plan_.load);
  if (feed) {
    watch_.SetLoad(std::move(*feed));
  } else {
    watch_.AddEvent("warning", feed.error().message);
  }
}

void Service::Add(const proc::ProcessIdentity& process) {
  watch_.Discover();  // it may be a child of one that is watched
  if (Has(process.pid)) return;
  // One that has ended may not have been looked at since.
  const auto& known = watch_.tree().targets();
  const bool is_restart =
      started_ > 0 && std::ranges::none_of(known, [](const auto& target) {
        const auto now = proc::ReadIdentity(target->pid());
        return now && !now->is_zombie && now->start_ticks == target->start_ticks();
      });
  if (!watch_.Start(process.pid)) return;  // has ended meanwhile
  ++started_;
  idle_since_s_.reset();
  if (!is_restart) return;
  const std::string line = fmt::format("runs again as process {}", process.pid);
  watch_.AddEvent("restart", line);
  Say(plan_.name + " " + line, Severity::kNotice, {{"service", plan_.name}});
}

void Service::Tick(double now_s) {
  watch_.Tick(/*is_final=*/false);
  TakeFigures();
  TakeLoad();
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
    exes_.insert(tick.target.exe);
    figures.at_s = now_s;
    for (const model::Measurement& one : tick.measurements) figures.by_metric[one.metric] = one;
  }
  figures_ = std::move(living);
}

void Service::TakeLoad() {
  const double now_s = MonotonicSeconds();
  for (const model::LoadWindow& window : watch_.last_tick().load) {
    load_[window.source] = {now_s, window};  // those of a source ascend
  }
  const double late_s = std::max(kLoadIsLate_s, 3 * plan_.snapshot_s);
  std::erase_if(load_, [&](const auto& told) { return now_s - told.second.at_s > late_s; });
}

void Service::Close(bool is_finished) {
  // Of a run that is gone on with the windows that are not complete are told again by then.
  if (is_finished) watch_.FinishLoad(kLoadPatience_s);
  watch_.Tick(/*is_final=*/true);
  watch_.AddEvent("stop", is_finished ? "the run is complete" : "the agent was stopped");
  watch_.Close();
  if (!is_finished) return;
  [[maybe_unused]] const auto finished = recorder_.Finish(watch_.elapsed_s(), std::nullopt);
}

}  // namespace seep::agent
