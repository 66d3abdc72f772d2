// SPDX-License-Identifier: Apache-2.0
#include "agent/load/load_collector.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <iterator>
#include <system_error>
#include <utility>

#include "agent/console.h"
#include "agent/watch/clock.h"

namespace seep::agent {
namespace {

constexpr size_t kMostTaken = 500;     // windows of one tick
constexpr size_t kMostWaiting = 2000;  // then the sources of that run are left alone
constexpr double kLongestSleep_s = 1;

// Signals are the loop's. Threads of libcurl inherit that.
template <typename Function>
std::thread StartWithoutSignals(Function function) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  try {
    thread = std::thread(std::move(function));
  } catch (const std::system_error&) {
    // Not joinable: the caller says so.
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

LoadCollector::~LoadCollector() {
  if (!thread_.joinable()) return;
  must_stop_ = true;
  scraper_->Wake();
  thread_.join();
}

model::Result<uint64_t> LoadCollector::Add(LoadRun run,
                                           const std::vector<endpoint::LoadSource>& sources) {
  if (!thread_.joinable()) {
    auto scraper = endpoint::Scraper::Make();
    if (!scraper) return std::unexpected(scraper.error());
    scraper_ = std::move(*scraper);
    thread_ = StartWithoutSignals([this] { Loop(); });
    if (!thread_.joinable()) {
      return model::Fail(model::Errc::kIo, "load: no thread can be started");
    }
  }
  const uint64_t id = next_id_++;
  {
    const std::lock_guard lock(mutex_);
    Desk& desk = desks_[id];
    desk.run = std::move(run);
    desk.sources = sources;
  }
  scraper_->Wake();
  return id;
}

void LoadCollector::Change(uint64_t id, const std::vector<endpoint::LoadSource>& sources) {
  const std::lock_guard lock(mutex_);
  const auto found = desks_.find(id);
  if (found == desks_.end()) return;
  found->second.sources = sources;
  found->second.has_changed = true;
  scraper_->Wake();
}

LoadTaken LoadCollector::Take(uint64_t id) {
  LoadTaken taken;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  const auto found = lock ? desks_.find(id) : desks_.end();
  if (!lock || found == desks_.end()) return taken;
  Desk& desk = found->second;
  const auto end =
      desk.windows.begin() + static_cast<ptrdiff_t>(std::min(desk.windows.size(), kMostTaken));
  std::move(desk.windows.begin(), end, std::back_inserter(taken.windows));
  desk.windows.erase(desk.windows.begin(), end);
  taken.events = std::exchange(desk.events, {});
  return taken;
}

LoadTaken LoadCollector::Finish(uint64_t id, double patience_s) {
  LoadTaken taken;
  {
    std::unique_lock lock(mutex_);
    const auto found = desks_.find(id);
    if (found == desks_.end()) return taken;
    Desk& desk = found->second;
    desk.wish = patience_s >= 1 ? Wish::kFinishAndAsk : Wish::kFinish;
    scraper_->Wake();
    finished_.wait_for(lock, std::chrono::duration<double>(patience_s),
                       [&desk] { return desk.is_finished; });
    taken.windows.assign(std::move_iterator(desk.windows.begin()),
                         std::move_iterator(desk.windows.end()));
    taken.events = std::move(desk.events);
    if (!desk.is_finished) {
      taken.events.push_back({std::max(0.0, MonotonicSeconds() - desk.run.started_s), "warning",
                              "load: what sources told last is missing: it could not be read in "
                              "time at the end of the run"});
    }
    desk.windows.clear();
  }
  Remove(id);
  return taken;
}

void LoadCollector::Remove(uint64_t id) {
  const std::lock_guard lock(mutex_);
  const auto found = desks_.find(id);
  if (found == desks_.end()) return;
  found->second.wish = Wish::kRemove;
  scraper_->Wake();
}

const std::vector<resilience::BreakerStatus>& LoadCollector::Statuses() {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (lock) seen_statuses_ = statuses_;
  return seen_statuses_;
}

void LoadCollector::Loop() {
  while (!must_stop_) {
    try {
      Turn();
    } catch (const std::exception& failure) {
      // Of a library, mostly for want of memory: the loop, and the target, go on.
      if (!std::exchange(has_said_failure_, true)) {
        Say(std::string("load: ") + failure.what(), Severity::kError);
      }
      std::this_thread::sleep_for(std::chrono::seconds(1));
    }
  }
  for (auto& [id, watched] : watched_) Drop(watched, *scraper_);
}

void LoadCollector::Turn() {
  TakeWishes();
  AskAll();
  const double wait_s = std::clamp(NextDue() - MonotonicSeconds(), 0.0, kLongestSleep_s);
  for (const endpoint::ScrapeAnswer& answer : scraper_->Wait(wait_s)) {
    for (auto& [id, watched] : watched_) {
      const auto source = watched.sources.find(answer.id);
      if (source == watched.sources.end()) continue;
      source->second->TakeAnswer(MonotonicSeconds(), answer);
    }
  }
  LayDown();
}

void LoadCollector::Drop(Watched& watched, endpoint::Scraper& scraper) {
  // Before the sources: what is under way would tell them.
  for (const auto& [number, source] : watched.sources) scraper.Cancel(number);
}

void LoadCollector::TakeWishes() {
  const double now_s = MonotonicSeconds();
  const std::lock_guard lock(mutex_);
  for (auto at = desks_.begin(); at != desks_.end();) {
    auto& [id, desk] = *at;
    if (desk.wish == Wish::kRemove) {
      if (const auto found = watched_.find(id); found != watched_.end()) {
        Drop(found->second, *scraper_);
        watched_.erase(found);
      }
      at = desks_.erase(at);
      continue;
    }
    Watched& watched = watched_[id];
    if (std::exchange(desk.has_changed, false)) ChangeSources(watched, desk);
    watched.is_full = desk.windows.size() > kMostWaiting;
    if (desk.wish != Wish::kGoOn && !watched.is_finishing) {
      watched.is_finishing = true;
      for (auto& [number, source] : watched.sources) {
        source->Finish(now_s, desk.wish == Wish::kFinishAndAsk);
      }
    }
    ++at;
  }
}

// With mutex_ held.
void LoadCollector::ChangeSources(Watched& watched, Desk& desk) {
  watched.run = desk.run;
  const double now_s = MonotonicSeconds();
  const double t_s = std::max(0.0, now_s - desk.run.started_s);
  for (auto at = watched.sources.begin(); at != watched.sources.end();) {
    auto& [number, source] = *at;
    if (std::ranges::find(desk.sources, source->named()) != desk.sources.end()) {
      ++at;
      continue;
    }
    scraper_->Cancel(number);
    std::ranges::move(source->TakeWindows(/*is_last=*/true), std::back_inserter(desk.windows));
    for (std::string& warning : source->Warnings()) {
      desk.events.push_back({t_s, "warning", std::move(warning)});
    }
    at = watched.sources.erase(at);
  }
  for (const endpoint::LoadSource& named : desk.sources) {
    const bool is_watched = std::ranges::any_of(
        watched.sources, [&named](const auto& source) { return source.second->named() == named; });
    if (is_watched) continue;
    watched.sources[next_source_++] = MakeWatchedSource(desk.run, named, now_s);
  }
}

void LoadCollector::AskAll() {
  for (auto& [id, watched] : watched_) {
    if (watched.is_full && !watched.is_finishing) continue;
    for (auto& [number, source] : watched.sources) {
      const double now_s = MonotonicSeconds();
      if (source->is_finished() || source->due_s() > now_s) continue;
      source->Look(now_s, number, *scraper_);
    }
  }
}

double LoadCollector::NextDue() const {
  double next_s = MonotonicSeconds() + kLongestSleep_s;
  for (const auto& [id, watched] : watched_) {
    if (watched.is_full && !watched.is_finishing) continue;
    for (const auto& [number, source] : watched.sources) {
      if (!source->is_finished()) next_s = std::min(next_s, source->due_s());
    }
  }
  return next_s;
}

// All that is new, in one short hold of the lock.
void LoadCollector::LayDown() {
  std::vector<resilience::BreakerStatus> statuses;
  std::map<uint64_t, LoadTaken> made;
  std::map<uint64_t, bool> has_finished;
  for (auto& [id, watched] : watched_) {
    LoadTaken& taken = made[id];
    const bool is_over =
        watched.is_finishing && std::ranges::all_of(watched.sources, [](const auto& source) {
          return source.second->is_finished();
        });
    has_finished[id] = is_over;
    for (auto& [number, source] : watched.sources) {
      auto windows = source->TakeWindows(is_over);
      std::ranges::move(windows, std::back_inserter(taken.windows));
      for (WatchedSource::Note& note : source->TakeNotes()) {
        taken.events.push_back(
            {std::max(0.0, note.at_s - watched.run.started_s), "breaker", std::move(note.text)});
      }
      statuses.push_back(source->status());
    }
  }
  const double now_s = MonotonicSeconds();
  const std::lock_guard lock(mutex_);
  statuses_ = std::move(statuses);
  for (auto& [id, taken] : made) {
    const auto found = desks_.find(id);
    if (found == desks_.end()) continue;
    Desk& desk = found->second;
    std::ranges::move(taken.windows, std::back_inserter(desk.windows));
    std::ranges::move(taken.events, std::back_inserter(desk.events));
    if (!has_finished[id] || desk.is_finished) continue;
    for (const auto& [number, source] : watched_[id].sources) {
      for (std::string& warning : source->Warnings()) {
        desk.events.push_back(
            {std::max(0.0, now_s - desk.run.started_s), "warning", std::move(warning)});
      }
    }
    desk.is_finished = true;
    finished_.notify_all();
  }
}

}  // namespace seep::agent
