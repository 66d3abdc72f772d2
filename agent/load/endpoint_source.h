// SPDX-License-Identifier: Apache-2.0
// A service's own endpoint: scraped four times a window, each second to each quarter of a minute.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "agent/load/watched_source.h"
#include "probes/endpoint/scrape_windows.h"

namespace seep::agent {

class EndpointSource : public WatchedSource {
 public:
  EndpointSource(const LoadRun& run, const endpoint::LoadSource& source, double now_s);

  double due_s() const override { return due_s_; }
  void Look(double now_s, uint64_t id, endpoint::Scraper& scraper) override;
  void TakeAnswer(double now_s, const endpoint::ScrapeAnswer& answer) override;
  void Finish(double now_s, bool may_ask) override;
  bool is_finished() const override { return is_finished_; }
  std::vector<model::LoadWindow> TakeWindows(bool is_last) override;
  std::vector<std::string> Warnings() const override;

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  void Plan(double now_s);

  endpoint::ScrapeWindows windows_;
  double due_s_;
  uint64_t failures_ = 0;      // but for the last scrape: the service may have ended before it
  bool is_asked_ = false;      // an answer is awaited
  bool is_finishing_ = false;  // by the next answer
  bool is_finished_ = false;
};

}  // namespace seep::agent
