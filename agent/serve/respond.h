// SPDX-License-Identifier: Apache-2.0
// What is answered to whom, without sockets: a pure function but for heap profiles, which another
// makes. Server calls it on its threads.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "agent/serve/health.h"
#include "agent/serve/heap_request.h"
#include "agent/serve/snapshot_board.h"

namespace seep::serve {

struct Request {
  std::string_view method;
  std::string_view path{};  // without query, not decoded
  std::string_view query{};
  std::string_view authorization{};
  std::string_view accept{};
  bool has_body = false;
  std::stop_token stop{};  // the answer is no longer wanted
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string header{};  // one more line, with its end, or nothing
  std::string body{};
};

struct ServePolicy {
  std::string token{};  // empty: none is asked for
  HealthLimits health{};
  HeapProfiler heap_profiler{};  // empty: there are no heap profiles
};

// Responses given so far, for /metrics.
struct StatusCount {
  int status = 0;
  uint64_t responses = 0;
};

// /metrics, /health, /health/detailed and /debug/pprof/heap, by GET or HEAD (the body is then left
// out by the caller); in this order: 401 without the token, 404 for any other path, 405, 413 for a
// request with a body, 503 when there is no snapshot, for health, when it is too old, and for a
// heap profile when it cannot be made now; what else that is refused for is in heap_request.h.
Response Respond(const Request& request, const Published* published, const ServePolicy& policy,
                 std::span<const StatusCount> counts, std::chrono::steady_clock::time_point now);

}  // namespace seep::serve
