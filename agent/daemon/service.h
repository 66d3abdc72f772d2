// SPDX-License-Identifier: Apache-2.0
// One service over its restarts: a run in the database, the processes of it that live, and when
// the next tick is due.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/watch/begun_run.h"
#include "agent/watch/recorder.h"
#include "agent/watch/run_watch.h"
#include "agent/watch/tick_store.h"
#include "probes/proc/process_sample.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

struct ServicePlan {
  std::string name;
  std::string key;  // whose runs are gone on with, of that name; service_name.h
  double tick_s = 5;
  double snapshot_s = 60;
  double run_length_s = 48 * 3600.0;
  uint64_t limit_bytes = 0;
  bool follows_children = true;
  std::vector<endpoint::LoadSource> load{};
};

class Service {
 public:
  // Goes on with the newest unfinished run of that name on this host, or begins one. `first` is a
  // process of it: the memory limit is taken from there. Nothing: the name is another service's.
  static model::Result<std::unique_ptr<Service>> Open(const ServicePlan& plan, pid_t first,
                                                      sqlite::Database& database, TickStore& store,
                                                      LoadCollector& collector);

  // Where load and latency are told from now on.
  void SetLoad(const std::vector<endpoint::LoadSource>& sources);
  const std::string& name() const { return plan_.name; }
  const std::string& key() const { return plan_.key; }
  uint64_t limit_bytes() const { return recorder_.run().limit_bytes; }
  model::RunId run_id() const { return recorder_.run().id; }
  const RunWatch& watch() const { return watch_; }

  // Watches this process too, unless it does already. A process after others have ended is a
  // restart, and said to be.
  void Add(const proc::ProcessIdentity& process);
  // What a process left that ended before anybody watched it.
  void AddEnded(const LedgerFile& ledger, const std::string& exe) { watch_.AddEnded(ledger, exe); }
  bool Has(pid_t pid) const { return watch_.tree().Find(pid) != nullptr; }
  void AddLedgers(const LedgerDirectory& ledgers) { watch_.AddLedgers(ledgers); }
  // Whether a process of this program has been one of it.
  bool HasRun(const std::string& exe) const { return exes_.contains(exe); }

  // The last figures of each process that lives.
  struct Figures {
    model::Target target;
    double at_s = 0;  // CLOCK_MONOTONIC seconds of its last tick
    std::map<std::string, model::Measurement> by_metric;
  };
  const std::map<int, Figures>& figures() const { return figures_; }  // by pid

  // The last window of all operations together that each source has told of lately.
  struct ToldLoad {
    double at_s = 0;  // CLOCK_MONOTONIC seconds when it was told
    model::LoadWindow window;
  };
  const std::map<std::string, ToldLoad>& load() const { return load_; }  // by source

  // CLOCK_MONOTONIC seconds.
  double next_tick_s() const { return next_tick_s_; }
  void Tick(double now_s);
  // Since when no process of it lives; nothing: one does.
  std::optional<double> idle_since_s() const { return idle_since_s_; }
  bool is_full_length() const { return watch_.elapsed_s() >= plan_.run_length_s; }

  // The last tick. Of a finished run the next one begins anew; otherwise it is gone on with.
  void Close(bool is_finished);

 private:
  void TakeFigures();
  void TakeLoad();
  Service(const ServicePlan& plan, BegunRun begun, TickStore& store, LoadCollector& collector);
  void WatchLoad();

  ServicePlan plan_;
  LoadCollector& collector_;
  RunLock lock_;
  Recorder recorder_;
  RunWatch watch_;
  double next_tick_s_;
  size_t started_ = 0;  // processes so far
  std::set<std::string> exes_;
  std::map<int, Figures> figures_;
  std::map<std::string, ToldLoad> load_;
  std::optional<double> idle_since_s_;
};

}  // namespace seep::agent
