// SPDX-License-Identifier: Apache-2.0
// locust --csv NAME --csv-full-history: NAME_stats_history.csv, each second a row a request and one
// of all, "Aggregated". Counts are totals of the run; quantiles (ms) are those of the last ten
// seconds. Written out every ten seconds.
#include <array>
#include <map>
#include <utility>

#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/quantile_buckets.h"
#include "probes/endpoint/realtime.h"

namespace seep::endpoint {
namespace {

constexpr std::array<std::pair<const char*, double>, 11> kQuantiles{{{"50%", 0.5},
                                                                     {"66%", 0.66},
                                                                     {"75%", 0.75},
                                                                     {"80%", 0.8},
                                                                     {"90%", 0.9},
                                                                     {"95%", 0.95},
                                                                     {"98%", 0.98},
                                                                     {"99%", 0.99},
                                                                     {"99.9%", 0.999},
                                                                     {"99.99%", 0.9999},
                                                                     {"100%", 1}}};
constexpr size_t kMostNames = 1000;

class LocustReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& sink) override {
    const CsvTable::Line taken = table_.Take(line);
    if (taken != CsvTable::Line::kRow) return taken == CsvTable::Line::kNone;
    const auto at_s = ParseEpoch(table_.Text("Timestamp"));
    const auto requests = table_.Number("Total Request Count");
    const auto errors = table_.Number("Total Failure Count");
    if (!at_s || !requests || !errors || *requests < 0 || *errors < 0) return false;
    std::string name(table_.Text("Name"));
    const bool is_all = name == "Aggregated" && table_.Text("Type").empty();
    if (is_all) {
      name.clear();
      if (const auto users = table_.Number("User Count"); users && *users >= 0) {
        sink.TakeConcurrency(*at_s, *users);
      }
    } else {
      name = std::string(table_.Text("Type")) + " " + name;
    }
    auto known = totals_.find(name);
    if (known == totals_.end()) {
      if (totals_.size() == kMostNames) return true;
      // A name comes with its first request, within the second before.
      known = totals_.emplace(name, Totals{*at_s - 1, 0, 0}).first;
    }
    const Totals before = std::exchange(known->second, Totals{*at_s, *requests, *errors});
    if (*at_s <= before.at_s) return *at_s == before.at_s;
    // Fewer than before: locust has reset its statistics, or was started again.
    const bool is_new = *requests < before.requests;
    AnswerSummary summary{.begin_s = before.at_s, .end_s = *at_s, .operation = name};
    summary.requests = is_new ? *requests : *requests - before.requests;
    summary.errors = std::max(0.0, is_new ? *errors : *errors - before.errors);
    if (summary.errors > summary.requests) return false;
    summary.latency = Latency(summary.requests);
    sink.Take(summary);
    return true;
  }
  void Restart() override {
    table_.Restart();
    totals_.clear();
  }

 private:
  struct Totals {
    double at_s;
    double requests;
    double errors;
  };

  std::vector<model::LatencyBucket> Latency(double requests) const {
    if (requests == 0) return {};
    std::vector<Quantile> quantiles;
    for (const auto& [column, share] : kQuantiles) {
      const auto at_ms = table_.Number(column);
      if (!at_ms || *at_ms < 0) return {};  // "N/A"
      quantiles.push_back({share, *at_ms / 1000});
    }
    if (quantiles.back().at_s <= 0) return {};  // the same, in the first second
    const auto least_ms = table_.Number("Total Min Response Time");
    const double least_s = least_ms && *least_ms > 0 ? *least_ms / 1000 : 0;
    return BucketsBetween(quantiles, std::min(least_s, quantiles.front().at_s), requests);
  }

  CsvTable table_{"Timestamp"};
  std::map<std::string, Totals> totals_;
};

}  // namespace

std::unique_ptr<LoadReader> MakeLocustReader() {
  return std::make_unique<LocustReader>();
}

}  // namespace seep::endpoint
