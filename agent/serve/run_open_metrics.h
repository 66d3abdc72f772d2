// SPDX-License-Identifier: Apache-2.0
// A stored run as OpenMetrics with a time on each sample, by the names and labels that the daemon
// serves (docs/prometheus.md): what is drawn of the one can be drawn of the other.
#pragma once

#include <string>

#include "storage/model/run_data.h"

namespace seep::serve {

// Every series and the load. `service` is the run's name, `instance` its host. Values that are no
// numbers are left out, and of those of one millisecond all but the first. Families by name;
// samples of a process together and by time.
std::string RunOpenMetrics(const model::RunData& data);

}  // namespace seep::serve
