// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/respond.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "agent/serve/bearer_token.h"
#include "agent/serve/listen_address.h"
#include "tests/agent/serve/example_snapshot.h"

using namespace seep::serve;
using nlohmann::json;
using std::chrono::seconds;

namespace {

constexpr char kToken[] = "0123456789abcdef";
const std::chrono::steady_clock::time_point kNow{seconds(1000)};

Response At(const Request& request, const Published* published, const ServePolicy& policy = {},
            seconds later = seconds(0)) {
  const StatusCount counts[] = {{200, 7}};
  return Respond(request, published, policy, counts, kNow + later);
}

const Published& Example() {
  static const Published example{ExampleSnapshot(), kNow};
  return example;
}

Response Get(const char* path) {
  return At({.method = "GET", .path = path}, &Example());
}

}  // namespace

TEST_CASE("three paths, each to the letter") {
  CHECK(Get("/metrics").status == 200);
  CHECK(Get("/health").body == "ok\n");
  CHECK(Get("/health/detailed").content_type == "application/json");
  for (const char* path : {"/", "", "/metricsX", "/metrics/", "/metrics/foo", "/health/x",
                           "/Health", "//metrics", "/%6detrics", "/health/detailed/"}) {
    CHECK(Get(path).status == 404);
  }
}

TEST_CASE("only GET and HEAD, without a body") {
  const Response refused = At({.method = "POST", .path = "/metrics"}, &Example());
  CHECK(refused.status == 405);
  CHECK(refused.header == "Allow: GET, HEAD\r\n");
  CHECK(At({.method = "HEAD", .path = "/health"}, &Example()).status == 200);
  CHECK(At({.method = "get", .path = "/health"}, &Example()).status == 405);
  CHECK(At({.method = "GET", .path = "/health", .has_body = true}, &Example()).status == 413);
}

TEST_CASE("with a token nothing is told without it") {
  const ServePolicy policy{.token = kToken};
  for (const char* shown :
       {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Basic 0123456789abcdef",
        "Bearer 0123456789abcdef0", "0123456789abcdef"}) {
    for (const char* path : {"/metrics", "/health", "/secret"}) {
      CHECK(
          At({.method = "GET", .path = path, .authorization = shown}, &Example(), policy).status ==
          401);
    }
  }
  CHECK(At({.method = "GET", .path = "/health", .authorization = "bearer 0123456789abcdef"},
           &Example(), policy)
            .status == 200);
}

TEST_CASE("/metrics is OpenMetrics on request and counts what was answered") {
  const Response plain = Get("/metrics");
  CHECK(plain.content_type == "text/plain; version=0.0.4; charset=utf-8");
  CHECK_THAT(plain.body, Catch::Contains("seep_agent_http_responses_total{code=\"200\"} 7\n"));
  const Response open = At(
      {.method = "GET", .path = "/metrics", .accept = "application/openmetrics-text"}, &Example());
  CHECK(open.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
  CHECK_THAT(open.body, Catch::EndsWith("# EOF\n"));
}

TEST_CASE("alive as long as the loop comes round") {
  const Request health{.method = "GET", .path = "/health"};
  CHECK(At(health, nullptr).status == 503);
  CHECK(At(health, &Example(), {}, seconds(30)).status == 200);
  const Response late = At(health, &Example(), {}, seconds(31));
  CHECK(late.status == 503);
  CHECK(late.body == "the loop has not come round for 31 s\n");
  CHECK(At({.method = "GET", .path = "/metrics"}, nullptr).status == 503);
  CHECK(At({.method = "GET", .path = "/health/detailed"}, nullptr).status == 503);
}

TEST_CASE("/health/detailed tells freshness, breakers, queues and last errors") {
  const json detailed = json::parse(Get("/health/detailed").body);
  CHECK(detailed["status"] == "degraded");  // a breaker is open
  CHECK(detailed["targets"][0]["tick_age_s"] == 2.5);
  CHECK(detailed["targets"][0]["is_fresh"] == true);
  CHECK(detailed["targets"][0]["verdict"] == "growth");
  CHECK(detailed["targets"][1]["probe"] == "linked statically");
  CHECK(detailed["dependencies"][2]["breaker"] == "open");
  CHECK(detailed["dependencies"][2]["last_error"] == "time-out after 5 s");
  CHECK(detailed["dependencies"][2]["retry_in_s"] == 30);
  CHECK(detailed["queues"][0]["depth"] == 12);
  CHECK(detailed["errors"][0]["age_s"] == 10);
  CHECK(detailed["self"]["allocator"]["allocated_bytes"] == 10 << 20);
  CHECK(detailed["uptime_s"] == 86400);
}

TEST_CASE("/health/detailed: ok, degraded by a stale target, stale") {
  AgentSnapshot snapshot = ExampleSnapshot();
  snapshot.dependencies.clear();
  const Published published{snapshot, kNow};
  const Request request{.method = "GET", .path = "/health/detailed"};
  CHECK(json::parse(At(request, &published).body)["status"] == "ok");
  const ServePolicy strict{.health = {.snapshot_age_s = 30, .tick_age_s = 2}};
  const json degraded = json::parse(At(request, &published, strict).body);
  CHECK(degraded["status"] == "degraded");
  CHECK(degraded["stale_target_count"] == 1);
  CHECK(degraded["targets"][0]["is_fresh"] == false);
  CHECK(json::parse(At(request, &published, {}, seconds(60)).body)["status"] == "stale");
}

TEST_CASE("/health/detailed is bounded and valid whatever the names are") {
  const Published large{LargeSnapshot(1000, 1), kNow};
  const std::string body = At({.method = "GET", .path = "/health/detailed"}, &large).body;
  CHECK(body.size() < 300'000);
  CHECK(json::parse(body)["targets"].size() == 200);
  CHECK(json::parse(body)["target_count"] == 1000);
}

TEST_CASE("an address that others can reach needs a token") {
  CHECK(ParseListenAddress("127.0.0.1")->is_loopback);
  CHECK(ParseListenAddress("127.8.8.8")->is_loopback);
  CHECK(ParseListenAddress("localhost")->ip == "127.0.0.1");
  CHECK_FALSE(ParseListenAddress("0.0.0.0")->is_loopback);
  CHECK(ParseListenAddress("[::1]").error().code == seep::model::Errc::kUnsupported);
  for (const char* bad : {"", "example.com", "127.0.0.1:80", "127.0.0.1,0.0.0.0", "127.1"}) {
    CHECK(ParseListenAddress(bad).error().code == seep::model::Errc::kInvalidArgument);
  }
  CHECK_FALSE(CheckAccess({"0.0.0.0", false}, ""));
  CHECK_FALSE(CheckAccess({"0.0.0.0", false}, "short"));
  CHECK_FALSE(CheckAccess({"127.0.0.1", true}, "0123456789 abcdef"));
  CHECK(CheckAccess({"0.0.0.0", false}, kToken));
  CHECK(CheckAccess({"127.0.0.1", true}, ""));
  CHECK_FALSE(IsUsableToken("0123456789abcde\xc3"));
}
