// SPDX-License-Identifier: Apache-2.0
// The sources of one run, at a collector that many runs share: as long as the feed lives.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "agent/load/load_collector.h"
#include "storage/model/tick.h"

namespace seep::agent {

// `collector` must outlive it. On its thread (see LoadCollector).
class LoadFeed {
 public:
  static model::Result<LoadFeed> Open(LoadCollector& collector, LoadRun run,
                                      const std::vector<endpoint::LoadSource>& sources) {
    const auto id = collector.Add(std::move(run), sources);
    if (!id) return std::unexpected(id.error());
    return LoadFeed(collector, *id);
  }
  LoadFeed(LoadFeed&& other) noexcept
      : collector_(std::exchange(other.collector_, nullptr)), id_(other.id_) {}
  LoadFeed& operator=(LoadFeed&&) = delete;
  ~LoadFeed() {
    if (collector_ != nullptr) collector_->Remove(id_);
  }

  void Change(const std::vector<endpoint::LoadSource>& sources) {
    collector_->Change(id_, sources);
  }
  // What has become complete goes into `tick`; never waits.
  void AddTo(model::Tick* tick) { Put(collector_->Take(id_), tick); }
  // All there is: the run ends. See LoadCollector::Finish.
  LoadTaken Finish(double patience_s) { return collector_->Finish(id_, patience_s); }

 private:
  LoadFeed(LoadCollector& collector, uint64_t id) : collector_(&collector), id_(id) {}
  static void Put(LoadTaken taken, model::Tick* tick) {
    for (auto& window : taken.windows) tick->load.push_back(std::move(window));
    for (auto& event : taken.events) tick->events.push_back(std::move(event));
  }

  LoadCollector* collector_;
  uint64_t id_;
};

}  // namespace seep::agent
