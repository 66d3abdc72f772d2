// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/respond.h"

#include <prometheus/text_serializer.h>

#include "agent/serve/bearer_token.h"
#include "agent/serve/metric_families.h"
#include "agent/serve/open_metrics.h"

namespace seep::serve {
namespace {

Response Plain(int status, std::string line, std::string header = "") {
  return {.status = status, .header = std::move(header), .body = std::move(line) + "\n"};
}

Response Metrics(const Request& request, const Published* published,
                 std::span<const StatusCount> counts) {
  if (!published) return Plain(503, "starting: no figures yet");
  std::vector<prometheus::MetricFamily> families = MetricFamiliesOf(published->snapshot);
  FamilySet own;
  for (const StatusCount& each : counts) {
    own.Counter("seep_agent_http_responses_total", "Responses of the daemon's HTTP server",
                {{"code", std::to_string(each.status)}}, static_cast<double>(each.responses));
  }
  for (auto& family : own.Take()) families.push_back(std::move(family));
  Response response;
  if (AcceptsOpenMetrics(request.accept)) {
    response.content_type = kOpenMetricsType;
    response.body = OpenMetricsText(families);
  } else {
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = prometheus::TextSerializer{}.Serialize(families);
  }
  return response;
}

Response Health(const Published* published, const ServePolicy& policy,
                std::chrono::steady_clock::time_point now) {
  Liveness liveness = LivenessOf(published, now, policy.health);
  return Plain(liveness.is_alive ? 200 : 503, std::move(liveness.reason));
}

Response Detailed(const Published* published, const ServePolicy& policy,
                  std::chrono::steady_clock::time_point now) {
  Response response;
  response.content_type = "application/json";
  response.status = LivenessOf(published, now, policy.health).is_alive ? 200 : 503;
  response.body = published ? DetailedHealth(*published, now, policy.health)
                            : std::string("{\"status\": \"starting\"}\n");
  return response;
}

// pprof shows the line of a refusal that has this header.
constexpr char kShownByPprof[] = "X-Go-Pprof: 1\r\n";

Response HeapProfile(const Request& request, const Published* published,
                     const ServePolicy& policy) {
  if (!published) return Plain(503, "starting: no figures yet", kShownByPprof);
  const auto chosen = ChooseHeap(request.query, published->snapshot);
  if (!chosen) return Plain(chosen.error().status, chosen.error().line, kShownByPprof);
  auto profile = policy.heap_profiler(*chosen, request.stop);
  if (!profile) {
    return Plain(503, profile.error().message, std::string(kShownByPprof) + "Retry-After: 10\r\n");
  }
  return {.content_type = "application/octet-stream",
          .header = "Content-Disposition: attachment; filename=\"heap.pb.gz\"\r\n",
          .body = std::move(*profile)};
}

}  // namespace

Response Respond(const Request& request, const Published* published, const ServePolicy& policy,
                 std::span<const StatusCount> counts, std::chrono::steady_clock::time_point now) {
  if (!policy.token.empty() && !ShowsToken(request.authorization, policy.token)) {
    return Plain(401, "the bearer token is missing or wrong",
                 "WWW-Authenticate: Bearer realm=\"seep\"\r\n");
  }
  const bool is_metrics = request.path == "/metrics";
  const bool is_health = request.path == "/health";
  const bool is_heap = request.path == kHeapPath && policy.heap_profiler;
  if (!is_metrics && !is_health && !is_heap && request.path != "/health/detailed") {
    return Plain(404, "there are /metrics, /health, /health/detailed and /debug/pprof/heap");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    return Plain(405, "GET or HEAD", "Allow: GET, HEAD\r\n");
  }
  if (request.has_body) return Plain(413, "no body is expected");
  if (is_heap) return HeapProfile(request, published, policy);
  if (is_metrics) return Metrics(request, published, counts);
  return is_health ? Health(published, policy, now) : Detailed(published, policy, now);
}

}  // namespace seep::serve
