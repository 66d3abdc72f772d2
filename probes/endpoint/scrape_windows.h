// SPDX-License-Identifier: Apache-2.0
// Scrapes of one endpoint, one after the other, to windows: counters become increments, also when
// they begin anew (a restart), cumulative buckets become those of the window. A window begins and
// ends with a scrape, so that its rate is right. No clock; one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "probes/endpoint/load_source.h"
#include "probes/endpoint/load_windows.h"
#include "probes/endpoint/operations.h"
#include "probes/endpoint/prometheus_text.h"
#include "probes/endpoint/selector.h"
#include "storage/model/error.h"

namespace seep::endpoint {

struct ScrapeCounts {
  uint64_t scrapes = 0;     // understood
  uint64_t resets = 0;      // counters that were less than before
  uint64_t bad_values = 0;  // negative, infinite or no numbers; buckets that fall
};

class ScrapeWindows {
 public:
  static constexpr size_t kMostSeries = 20'000;  // more are counted as bad values

  // `source` has been checked.
  ScrapeWindows(const LoadSource& source, WindowSettings settings);

  // A scrape begins; what is told goes to text().
  void Begin();
  PrometheusText& text() { return *text_; }
  // It was complete at `t_s`. kCorrupt: see PrometheusText; or nothing of what is wanted is told;
  // or it has the wrong type. Such a scrape is as if it had not been.
  model::Status End(double t_s, bool is_open_metrics);

  std::vector<model::LoadWindow> TakeComplete();
  // The end: the last one too, which ends with the last scrape.
  std::vector<model::LoadWindow> TakeAll();

  const ScrapeCounts& counts() const { return counts_; }

 private:
  // What one metric is needed for.
  struct Role {
    std::optional<Selector> named;     // by the operator
    std::vector<std::string> usual{};  // else tried in that order
    std::string chosen{};              // of these, by what is told
  };
  struct Kept {
    std::string name;
    Labels labels;
    double value = 0;
  };
  struct Buckets {  // of one histogram, cumulative, by upper edge in the unit of the metric
    std::map<double, double> by_edge;
  };
  struct Sums {  // of one operation in the window
    double requests = 0;
    double errors = 0;
    std::vector<model::LatencyBucket> latency{};
  };

  void Keep(const Sample& sample);
  static bool WantsName(const Role& role, const std::string& name, std::string_view suffix);
  model::Status Choose();
  model::Status CheckTypes() const;
  bool IsOf(const Role& role, const Kept& kept, std::string_view suffix) const;
  size_t OperationOf(const Labels& labels);
  double IncrementOf(const Kept& kept);
  void AddRequests();
  void AddLatency();
  void AddBuckets(size_t operation, const std::string& key, const Buckets& now);
  void Add(size_t operation, const Sums& sums);
  void Close(double end_s);

  LoadSource source_;
  WindowSettings settings_;
  Role requests_, errors_, latency_;
  std::unique_ptr<PrometheusText> text_;
  std::vector<Kept> kept_;  // of the scrape that is under way
  std::unordered_map<std::string, double> counters_;
  std::unordered_map<std::string, Buckets> histograms_;
  std::unordered_map<std::string, double> next_counters_;
  std::unordered_map<std::string, Buckets> next_histograms_;
  Operations operations_;
  std::vector<Sums> window_;  // by operation
  std::optional<double> begin_s_;
  std::optional<double> last_s_;  // of the last good scrape
  bool is_first_ = true;
  std::vector<model::LoadWindow> complete_;
  ScrapeCounts counts_;
};

}  // namespace seep::endpoint
