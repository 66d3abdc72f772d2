// SPDX-License-Identifier: Apache-2.0
// All series of a run as one table, for spreadsheets and data frames.
#pragma once

#include <string>

#include "storage/model/run_data.h"

namespace seep::exports {

// RFC 4180, in UTF-8, one value a line, with the header t_s,process,metric,unit,value. t_s: seconds
// since the start of the run. process: "redis-server (pid 12)". Then the load, where it is known:
// process is the source, with its operation in brackets; throughput, error_rate, latency_p50, _p95,
// _p99 at the end of each window.
std::string ToCsv(const model::RunData& data);

}  // namespace seep::exports
