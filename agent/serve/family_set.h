// SPDX-License-Identifier: Apache-2.0
// Collects samples into prometheus-cpp's families, in the order in which the names come up.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <prometheus/metric_family.h>

namespace seep::serve {

using Labels = std::vector<prometheus::ClientMetric::Label>;

class FamilySet {
 public:
  // Values that are no numbers are left out. The first call of a name decides its help and type.
  void Gauge(const std::string& name, std::string_view help, const Labels& labels, double value) {
    Add(name, help, prometheus::MetricType::Gauge, labels, value);
  }
  // `name` ends in _total.
  void Counter(const std::string& name, std::string_view help, const Labels& labels, double value) {
    Add(name, help, prometheus::MetricType::Counter, labels, value);
  }

  // The families so far. Of samples with the same labels the first is kept: a second one would make
  // Prometheus refuse the scrape.
  std::vector<prometheus::MetricFamily> Take();

 private:
  void Add(const std::string& name, std::string_view help, prometheus::MetricType type,
           const Labels& labels, double value);

  std::vector<prometheus::MetricFamily> families_;
  std::unordered_map<std::string, size_t> index_;  // of families_, by name
};

}  // namespace seep::serve
