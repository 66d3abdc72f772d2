// SPDX-License-Identifier: Apache-2.0
// Looks into metric families, for the tests.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <prometheus/metric_family.h>

#include "agent/serve/family_set.h"

namespace seep::serve {

inline const prometheus::MetricFamily* Find(const std::vector<prometheus::MetricFamily>& families,
                                            const std::string& name) {
  for (const auto& family : families) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

// Of the sample that has all of `labels`, among others perhaps; not a number: there is none.
inline double ValueOf(const std::vector<prometheus::MetricFamily>& families,
                      const std::string& name, const Labels& labels) {
  const auto* family = Find(families, name);
  if (!family) return std::nan("");
  for (const auto& sample : family->metric) {
    bool has_all = true;
    for (const auto& wanted : labels) {
      bool has = false;
      for (const auto& label : sample.label) has |= label == wanted;
      has_all &= has;
    }
    if (!has_all) continue;
    return family->type == prometheus::MetricType::Counter ? sample.counter.value
                                                           : sample.gauge.value;
  }
  return std::nan("");
}

inline size_t SeriesCount(const std::vector<prometheus::MetricFamily>& families) {
  size_t count = 0;
  for (const auto& family : families) count += family.metric.size();
  return count;
}

}  // namespace seep::serve
