// SPDX-License-Identifier: Apache-2.0
// What services and load tools tell of load and latency, for any number of runs: one thread asks
// all sources, so that the loop never waits for one of them. Endpoints are asked side by side;
// files are read a part at a time, in turn.
//
//     endpoint --scrape--\                                       /--> Take, by the loop
//                         breaker, windows --> desk of the run --
//     file ------tail----/                                       \--> Statuses, for health
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/load/watched_source.h"
#include "storage/model/load.h"
#include "storage/model/run.h"

namespace seep::agent {

struct LoadTaken {
  std::vector<model::LoadWindow> windows;
  std::vector<model::Event> events;  // of breakers; at the end warnings
};

// Called by one thread, the loop's; it has a thread of its own from the first Add on.
class LoadCollector {
 public:
  LoadCollector() = default;
  LoadCollector(const LoadCollector&) = delete;
  LoadCollector& operator=(const LoadCollector&) = delete;
  ~LoadCollector();

  // Begins to ask the sources of a run, each of which has been checked. kIo: libcurl or the thread.
  model::Result<uint64_t> Add(LoadRun run, const std::vector<endpoint::LoadSource>& sources);

  // From now on these. Those that stay go on; those that do not say their last.
  void Change(uint64_t id, const std::vector<endpoint::LoadSource>& sources);

  // What has become complete, a bounded part of it at a time. Never waits: nothing, if the thread
  // is just putting something there.
  LoadTaken Take(uint64_t id);
  // The end of a run: everything, also windows that are not complete, after at most `patience_s`.
  // With a second of patience or more endpoints are asked a last time. Warnings say which sources
  // have told nothing. The run is no longer known then.
  LoadTaken Finish(uint64_t id, double patience_s);
  // The run is no longer of interest.
  void Remove(uint64_t id);

  // Of all sources; never waits: those of before, if need be.
  const std::vector<resilience::BreakerStatus>& Statuses();

 private:
  enum class Wish { kGoOn, kFinish, kFinishAndAsk, kRemove };
  struct Desk {  // where the thread lays down what it has; guarded by mutex_
    LoadRun run;
    std::vector<endpoint::LoadSource> sources;
    bool has_changed = true;  // the thread has not seen them yet
    Wish wish = Wish::kGoOn;
    bool is_finished = false;
    std::deque<model::LoadWindow> windows;
    std::vector<model::Event> events;
  };
  struct Watched {  // of a run; of the thread
    LoadRun run;
    std::map<uint64_t, std::unique_ptr<WatchedSource>> sources;  // by number in the scraper
    bool is_finishing = false;
    bool is_full = false;  // its windows wait to be taken
  };

  void Loop();
  void Turn();
  void TakeWishes();
  void AskAll();
  double NextDue() const;
  void LayDown();
  void ChangeSources(Watched& watched, Desk& desk);
  static void Drop(Watched& watched, endpoint::Scraper& scraper);

  std::unique_ptr<endpoint::Scraper> scraper_;  // of the thread, but for Wake
  std::map<uint64_t, Watched> watched_;         // of the thread
  uint64_t next_source_ = 1;                    // of the thread
  bool has_said_failure_ = false;               // of the thread

  std::mutex mutex_;
  std::condition_variable finished_;
  std::map<uint64_t, Desk> desks_;
  std::vector<resilience::BreakerStatus> statuses_;       // as the thread laid them down
  std::vector<resilience::BreakerStatus> seen_statuses_;  // of the loop
  uint64_t next_id_ = 1;                                  // of the loop
  std::atomic<bool> must_stop_{false};
  std::thread thread_;
};

}  // namespace seep::agent
