// SPDX-License-Identifier: Apache-2.0
// A parser of what an endpoint tells: Prometheus' text format 0.0.4 and OpenMetrics 1.0. Takes the
// text in pieces as they arrive and keeps a line at most, so that an endpoint that tells without
// end costs no memory. What it tells is not believed: lines that are no sample are counted. One
// thread at a time.
//
//     # TYPE http_requests_total counter
//     http_requests_total{code="200",path="/a\"b"} 1027 1395066363000
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/model/error.h"

namespace seep::endpoint {

using Labels = std::vector<std::pair<std::string, std::string>>;  // as told, without repetition

struct Sample {
  std::string name;
  Labels labels;
  double value = 0;  // may be infinite or not a number
};
// The value of a label; empty: there is none, which is the same to Prometheus.
std::string_view LabelOf(const Labels& labels, std::string_view name);

enum class MetricType { kUnknown, kCounter, kGauge, kHistogram, kSummary, kOther };
std::string_view ToString(MetricType type);

class PrometheusText {
 public:
  static constexpr size_t kLongestLine = 64 << 10;  // bytes
  static constexpr size_t kMostSamples = 1'000'000;
  static constexpr size_t kMostLabels = 64;
  static constexpr size_t kMostTypes = 20'000;

  // Each sample goes to `take`, which may not keep the reference.
  explicit PrometheusText(std::function<void(const Sample&)> take) : take_(std::move(take)) {}

  void Add(std::string_view piece);
  // kCorrupt: it is none of the two formats, or ends within a line, or lacks the "# EOF" of
  // OpenMetrics (`is_open_metrics`): a number that was cut off is another number.
  model::Status Finish(bool is_open_metrics);

  // By name of the metric family.
  MetricType TypeOf(std::string_view family) const;

  uint64_t samples() const { return samples_; }
  uint64_t malformed() const { return malformed_; }  // lines
  const std::string& first_malformed() const { return first_malformed_; }

 private:
  void TakeLine(std::string_view line);
  void TakeComment(std::string_view line);
  bool TakeSample(std::string_view line);
  void NoteMalformed(std::string_view line);

  std::function<void(const Sample&)> take_;
  std::map<std::string, MetricType, std::less<>> types_;
  std::string half_line_;
  bool is_skipping_ = false;  // the rest of a line that is too long
  bool has_ended_ = false;    // "# EOF"
  Sample sample_;             // made once
  uint64_t samples_ = 0;
  uint64_t malformed_ = 0;
  std::string first_malformed_;
};

}  // namespace seep::endpoint
