// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/family_set.h"

#include <cmath>
#include <set>
#include <utility>

namespace seep::serve {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void FamilySet::Add(const std::string& name, std::string_view help, MetricType type,
                    const Labels& labels, double value) {
  if (!std::isfinite(value)) return;
  const auto [found, is_new] = index_.try_emplace(name, families_.size());
  if (is_new) families_.push_back(MetricFamily{name, std::string(help), type, {}});
  MetricFamily& family = families_[found->second];
  ClientMetric& sample = family.metric.emplace_back();
  sample.label = labels;
  if (family.type == MetricType::Counter) {
    sample.counter.value = value;
  } else {
    sample.gauge.value = value;
  }
}

std::vector<MetricFamily> FamilySet::Take() {
  for (MetricFamily& family : families_) {
    const auto less = [](const Labels* a, const Labels* b) { return *a < *b; };
    std::set<const Labels*, decltype(less)> seen(less);
    std::vector<ClientMetric> once;
    once.reserve(family.metric.size());
    for (ClientMetric& sample : family.metric) {
      if (seen.contains(&sample.label)) continue;
      once.push_back(std::move(sample));
      seen.insert(&once.back().label);
    }
    family.metric = std::move(once);
  }
  index_.clear();
  return std::exchange(families_, {});
}

}  // namespace seep::serve
