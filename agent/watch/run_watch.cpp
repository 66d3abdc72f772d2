// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/run_watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/console.h"
#include "agent/watch/blind_spots.h"
#include "agent/watch/clock.h"
#include "agent/watch/surroundings.h"
#include "probes/ledger/reader.h"
#include "probes/proc/own_pid.h"

namespace seep::agent {
namespace {

// Looking for new processes reads a file a thread: not at every sub-second tick.
constexpr double kDiscoverySeconds = 1;

}  // namespace

RunWatch::RunWatch(RunWatchSettings settings, Recorder& recorder,
                   std::vector<LedgerDirectory> ledgers, double run_started_s)
    : settings_(std::move(settings)),
      recorder_(recorder),
      ledgers_(std::move(ledgers)),
      cadence_(settings_.cadence),
      run_started_s_(run_started_s),
      tree_(run_started_s),
      generation_(recorder_.generation()) {}

model::Status RunWatch::Start(pid_t root) {
  roots_.insert(root);
  return tree_.Add(root, elapsed_s());
}

void RunWatch::AddEnded(const LedgerFile& ledger, const std::string& exe) {
  tree_.AddEnded(ledger, exe, elapsed_s());
}

void RunWatch::AddLedgers(const LedgerDirectory& ledgers) {
  const auto same = std::ranges::find(ledgers_, ledgers.path(), &LedgerDirectory::path);
  if (same == ledgers_.end()) ledgers_.push_back(ledgers);
}

double RunWatch::elapsed_s() const {
  return MonotonicSeconds() - run_started_s_;
}

void RunWatch::Discover() {
  if (!settings_.follows_children) return;
  tree_.Discover(elapsed_s(), settings_.is_child ? getpid() : 0);
  next_discovery_s_ = elapsed_s() + kDiscoverySeconds;
}

void RunWatch::Tick(bool is_final) {
  const double t_s = elapsed_s();
  if (t_s >= next_discovery_s_) Discover();
  const bool is_snapshot = is_final || t_s >= next_snapshot_s_;
  if (is_snapshot) next_snapshot_s_ = t_s + cadence_.SnapshotAfter(t_s);

  if (generation_ != recorder_.generation()) {
    generation_ = recorder_.generation();
    for (auto& target : tree_.targets()) target->TellAgain();
  }
  model::Tick tick{.t_s = t_s, .targets = {}, .events = {}};
  bool has_end = false;
  Surroundings surroundings;
  for (auto& target : tree_.targets()) {
    if (ledgers_.empty()) target->SetNoProbe(settings_.no_probe);
    tick.targets.push_back(target->Measure(t_s, is_snapshot));
    if (is_snapshot && !target->has_ended()) {
      surroundings.Measure(target->pid(), &tick.targets.back().measurements);
    }
    has_end = has_end || target->has_ended();
  }
  // The ledger of a process that has just ended holds its last state.
  std::vector<LedgerFile> files;
  if (!ledgers_.empty() && (is_snapshot || has_end)) files = ListAll(ledgers_);
  for (size_t i = 0; i < tick.targets.size(); ++i) {
    TargetWatch& target = *tree_.targets()[i];
    if (!ledgers_.empty() && (is_snapshot || target.has_ended())) {
      target.AddHeap(t_s, files, &tick.targets[i]);
      NoteInterval(target);
    }
    if (const auto notice = target.TakeNotice()) {
      AddEvent("detach", *notice);
      Say(*notice);
    }
    if (is_final || (target.has_ended() && roots_.contains(target.pid()))) AddWarnings(target);
  }
  if (!ledgers_.empty() && is_snapshot) {
    for (const std::string& line : tree_.LookForUnseen(t_s)) AddEvent("coverage", line);
  }
  if (is_snapshot && !are_blind_spots_told_ && !tree_.targets().empty()) {
    are_blind_spots_told_ = true;
    for (std::string& line : BlindSpots(tree_.targets().front()->pid())) {
      AddEvent("coverage", std::move(line));
    }
  }
  if (is_final && unseen_ != 0) {
    AddEvent("warning", fmt::format("{} processes lived too briefly to be looked at", unseen_));
  }
  tick.events = std::exchange(events_, {});
  tick.load = std::exchange(last_load_, {});
  if (load_) load_->AddTo(&tick);
  last_tick_ = {.t_s = t_s, .targets = {}, .events = {}};
  for (const model::LoadWindow& window : tick.load) {
    if (window.operation.empty()) last_tick_.load.push_back(window);
  }
  for (const model::TargetTick& target : tick.targets) {
    last_tick_.targets.push_back(
        {.target = target.target, .measurements = target.measurements, .heap = {}});
  }
  recorder_.Record(std::move(tick));
  if (!ledgers_.empty() && (is_snapshot || has_end)) CollectLedgers(files);
  if (!is_final) tree_.DropEnded();
}

// The probe knows T for certain: the target's environment may have set it.
void RunWatch::NoteInterval(const TargetWatch& target) {
  const auto interval_bytes = target.interval_bytes();
  if (!interval_bytes || *interval_bytes == recorder_.run().interval_bytes) return;
  model::Run run = recorder_.run();
  run.interval_bytes = *interval_bytes;
  // Tried again at the next snapshot when the database is away.
  [[maybe_unused]] const auto updated = recorder_.UpdateRun(run);
}

void RunWatch::CollectLedgers(const std::vector<LedgerFile>& files) {
  for (const auto& target : tree_.targets()) {
    for (const std::string& path : target->Spent(files)) unlink(path.c_str());
  }
  if (settings_.run_token == 0) return;
  // Of processes that came and went between two ticks; they must not fill the tmpfs.
  proc::LivingProcesses living;
  for (const LedgerFile& file : files) {
    const auto& targets = tree_.targets();
    const bool is_known = std::any_of(targets.begin(), targets.end(), [&](const auto& target) {
      return target->IsWriterOf(file) && !target->has_ended();
    });
    if (is_known || living.Find(file.pid, file.start_ticks)) continue;
    // A reason has no token, and nobody asks for that of a process that has ended.
    if (!file.failure_reason.empty()) {
      unlink(file.path.c_str());
      continue;
    }
    const auto reader = ledger::Reader::Open(file.path);
    if (!reader || reader->identity().run_token != settings_.run_token) continue;
    if (unlink(file.path.c_str()) == 0) ++unseen_;
  }
}

void RunWatch::FinishLoad(double patience_s) {
  if (!load_) return;
  LoadTaken taken = load_->Finish(patience_s);
  load_.reset();
  std::ranges::move(taken.windows, std::back_inserter(last_load_));
  std::ranges::move(taken.events, std::back_inserter(events_));
}

void RunWatch::AddEvent(const std::string& kind, const std::string& message) {
  events_.push_back({elapsed_s(), kind, message});
}

void RunWatch::AddWarnings(const TargetWatch& target) {
  for (const std::string& warning : target.Warnings()) AddEvent("warning", warning);
}

void RunWatch::CollectLedgers() {
  if (!ledgers_.empty()) CollectLedgers(ListAll(ledgers_));
}

void RunWatch::Close() {
  model::Tick last{.t_s = elapsed_s(), .targets = {}, .events = std::exchange(events_, {})};
  for (const auto& target : tree_.targets()) {
    last.targets.push_back({.target = target->target(), .measurements = {}, .heap = {}});
  }
  recorder_.Record(std::move(last));
}

}  // namespace seep::agent
