// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/heap_request.h"

#include <catch2/catch.hpp>

#include "agent/serve/respond.h"

using namespace seep;
using namespace seep::serve;

namespace {

TargetState Process(const char* service, int pid, bool is_probe_active) {
  TargetState target;
  target.service = service;
  target.pid = pid;
  target.is_probe_active = is_probe_active;
  target.probe = is_probe_active ? "active" : "statically linked";
  return target;
}

ServiceState Service(const char* name, int64_t run) {
  ServiceState service;
  service.name = name;
  service.run = model::RunId{run};
  return service;
}

// Two services, and the daemon itself without a probe.
AgentSnapshot Two() {
  AgentSnapshot snapshot;
  snapshot.targets = {Process("my shop", 10, true), Process("my shop", 11, false),
                      Process("mail", 20, true), Process("seep-agent", 30, false)};
  snapshot.services = {Service("my shop", 1), Service("mail", 2), Service("seep-agent", 3)};
  return snapshot;
}

AgentSnapshot One() {
  AgentSnapshot snapshot = Two();
  snapshot.targets.erase(snapshot.targets.begin() + 2);
  return snapshot;
}

int StatusOf(const char* query, const AgentSnapshot& snapshot) {
  const auto chosen = ChooseHeap(query, snapshot);
  return chosen ? 200 : chosen.error().status;
}

}  // namespace

TEST_CASE("the only service with a heap is meant when none is named") {
  CHECK(ChooseHeap("", One())->run == model::RunId{1});
  CHECK(ChooseHeap("gc=1&debug=0", One())->run == model::RunId{1});
  const auto several = ChooseHeap("", Two());
  REQUIRE_FALSE(several);
  CHECK(several.error().status == 400);
  CHECK(several.error().line == "which service? Heap data have: mail, my shop; add ?service=NAME");
  CHECK(StatusOf("", {}) == 404);
}

TEST_CASE("a service is named as addresses have it, a process by its pid") {
  CHECK(ChooseHeap("service=my+shop", Two())->run == model::RunId{1});
  CHECK(ChooseHeap("service=my%20shop", Two())->run == model::RunId{1});
  const auto process = ChooseHeap("pid=20", Two());
  REQUIRE(process);
  CHECK(process->run == model::RunId{2});
  CHECK(process->pid == 20);
  CHECK(ChooseHeap("pid=10&service=my+shop", Two())->pid == 10);
  CHECK(StatusOf("pid=20&service=my+shop", Two()) == 404);
  CHECK(StatusOf("pid=99", Two()) == 404);
}

TEST_CASE("what cannot be is refused with the reason") {
  CHECK(StatusOf("service=none", Two()) == 404);
  CHECK_THAT(ChooseHeap("service=seep-agent", Two()).error().line,
             Catch::Contains("statically linked"));
  for (const char* query : {"pid=", "pid=-1", "pid=1x", "pid=99999999999", "seconds=30", "debug=1",
                            "debug", "sevice=mail", "%zz=1"}) {
    INFO(query);
    CHECK(StatusOf(query, Two()) == 400);
  }
}

TEST_CASE("a profile is answered as a file, a refusal as a line that pprof shows") {
  const Published published{Two(), {}};
  const auto ask = [&](const char* query, const HeapProfiler& profiler) {
    return Respond({.method = "GET", .path = kHeapPath, .query = query}, &published,
                   {.heap_profiler = profiler}, {}, {});
  };
  const HeapProfiler works = [](const HeapRequest& request, std::stop_token) {
    return model::Result<std::string>(std::to_string(static_cast<int64_t>(request.run)));
  };
  const Response answer = ask("service=mail", works);
  CHECK(answer.status == 200);
  CHECK(answer.content_type == "application/octet-stream");
  CHECK(answer.body == "2");
  const Response refusal = ask("", works);
  CHECK(refusal.status == 400);
  CHECK_THAT(refusal.header, Catch::Contains("X-Go-Pprof: 1\r\n"));
  const Response failure = ask("pid=10", [](const HeapRequest&, std::stop_token) {
    return model::Result<std::string>(model::Fail(model::Errc::kBusy, "later"));
  });
  CHECK(failure.status == 503);
  CHECK_THAT(failure.header, Catch::Contains("Retry-After: "));
  CHECK(failure.body == "later\n");
  CHECK(ask("", {}).status == 404);
}
