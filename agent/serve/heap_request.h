// SPDX-License-Identifier: Apache-2.0
// /debug/pprof/heap: whose heap profile a client asks for. The path is that of Go's services, where
// pprof and the profilers that pull look for it.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/serve/agent_snapshot.h"
#include "storage/model/error.h"
#include "storage/model/ids.h"

namespace seep::serve {

inline constexpr char kHeapPath[] = "/debug/pprof/heap";

struct HeapRequest {
  model::RunId run{};
  std::optional<int> pid{};  // nothing: all processes of the service
};

// Makes the profile, gzip'd, while its caller waits. Any thread. kBusy: asked again it may work.
using HeapProfiler =
    std::function<model::Result<std::string>(const HeapRequest& request, std::stop_token stop)>;

struct Refusal {
  int status = 0;
  std::string line;
};

// `query` as in the address, behind "?": service, pid; gc and debug=0, which Go has, say nothing
// here. Without a service the one that has heap data. 400: several have, and the line names them,
// or the query is not understood; 404: there is none of that name, or none of its processes is
// under the probe.
std::expected<HeapRequest, Refusal> ChooseHeap(std::string_view query,
                                               const AgentSnapshot& snapshot);

}  // namespace seep::serve
