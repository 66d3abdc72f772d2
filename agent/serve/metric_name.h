// SPDX-License-Identifier: Apache-2.0
// From a metric of the database to its name in Prometheus: base units, the unit as suffix, _total
// for what only grows (https://prometheus.io/docs/practices/naming).
#pragma once

#include <string>
#include <string_view>

namespace seep::serve {

struct ExportedName {
  std::string name;    // "seep_target_rss_anon_bytes"
  std::string kind{};  // value of the label `kind`, of metrics that are parts of one; or empty
  double factor = 1;   // to the base unit
  bool is_counter = false;
};

// `metric` and `unit` as in model::Measurement: any text gives a valid name. Descriptors by kind
// ("fds_tcp_listen") are one metric with a label.
ExportedName NameOf(std::string_view metric, std::string_view unit);

// "seep_target_growth_bytes_per_second", for slopes of metrics in `unit`; `middle` is "growth".
ExportedName RateNameOf(std::string_view middle, std::string_view unit);

}  // namespace seep::serve
