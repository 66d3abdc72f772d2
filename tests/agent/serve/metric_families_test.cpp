// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/metric_families.h"

#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "tests/agent/serve/example_snapshot.h"
#include "tests/agent/serve/families.h"

using namespace seep::serve;

namespace {

const Labels kShop{{"service", "shop"}, {"pid", "4711"}};

Labels And(Labels labels, const char* name, const char* value) {
  labels.push_back({name, value});
  return labels;
}

}  // namespace

TEST_CASE("a target's figures come under Prometheus' names and units") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  CHECK(ValueOf(families, "seep_target_rss_anon_bytes", kShop) == 80.0 * (1 << 20));
  CHECK(ValueOf(families, "seep_target_fds", kShop) == 17);
  CHECK(ValueOf(families, "seep_target_cpu_seconds_total", kShop) == 321.25);
  CHECK(ValueOf(families, "seep_target_heap_live_bytes", kShop) == 64.0 * (1 << 20));
  CHECK(ValueOf(families, "seep_target_memory_limit_bytes", kShop) == 256.0 * (1 << 20));
  CHECK(ValueOf(families, "seep_target_growth_bytes_per_second",
                And(kShop, "metric", "rss_swap")) == Approx(9.0 * (1 << 20) / 3600));
  CHECK(ValueOf(families, "seep_target_growth_lower_bound_fds_per_second",
                And(kShop, "metric", "fds")) == Approx(-0.5 / 3600));
}

TEST_CASE("a verdict is one series a class, of which one is 1") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  CHECK(ValueOf(families, "seep_target_verdict", And(kShop, "class", "growth")) == 1);
  CHECK(ValueOf(families, "seep_target_verdict", And(kShop, "class", "stable")) == 0);
  CHECK(Find(families, "seep_target_verdict")->metric.size() == 10);  // mail: not yet analysed
}

TEST_CASE("a service is all of its processes, and has a verdict of its own") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  const Labels shop{{"service", "shop"}};
  CHECK(ValueOf(families, "seep_service_processes", shop) == 3);
  CHECK(ValueOf(families, "seep_service_memory_bytes", shop) == 250.0 * (1 << 20));
  CHECK(ValueOf(families, "seep_service_verdict", And(shop, "class", "growth")) == 1);
  CHECK(Find(families, "seep_service_verdict")->metric.size() == 2 * 11);  // mail: not yet analysed
}

TEST_CASE("a service tells how it answers, of each source, and what of it drifts") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  const Labels endpoint{{"service", "search"}, {"source", "http://127.0.0.1:9100/metrics"}};
  CHECK(ValueOf(families, "seep_service_verdict", {{"service", "search"}, {"class", "drift"}}) ==
        1);
  CHECK(ValueOf(families, "seep_service_requests_per_second", endpoint) == 250);
  CHECK(ValueOf(families, "seep_service_error_ratio", endpoint) == 0.004);
  CHECK(ValueOf(families, "seep_service_latency_p50_seconds", endpoint) == 0.012);
  CHECK(ValueOf(families, "seep_service_latency_p95_seconds", endpoint) == 0.08);
  CHECK(ValueOf(families, "seep_service_latency_p99_seconds", endpoint) == 0.31);
  CHECK(ValueOf(families, "seep_service_drift", And(endpoint, "metric", "latency_p95")) == 1);
  CHECK(ValueOf(families, "seep_service_drift", And(endpoint, "metric", "latency_p50")) == 0);
  CHECK(ValueOf(families, "seep_service_drift_ratio", And(endpoint, "metric", "latency_p95")) ==
        0.25);
  // Without an answer there is neither a time nor a share.
  CHECK(Find(families, "seep_service_requests_per_second")->metric.size() == 2);
  CHECK(Find(families, "seep_service_latency_p50_seconds")->metric.size() == 1);
  CHECK(Find(families, "seep_service_error_ratio")->metric.size() == 1);
}

TEST_CASE("sources and drifts of a service are bounded") {
  AgentSnapshot snapshot = ExampleSnapshot();
  ServiceState& search = snapshot.services[1];
  for (int i = 0; i < 100; ++i) {
    const std::string source = "source " + std::to_string(i);
    search.load.push_back({source, 1});
    search.drift.push_back({source, "error_rate", true, 1});
  }
  const auto families = MetricFamiliesOf(snapshot);
  CHECK(Find(families, "seep_service_requests_per_second")->metric.size() == kMostLoadSources);
  CHECK(Find(families, "seep_service_drift")->metric.size() == kMostDrift);
}

TEST_CASE("a stack is known by its fingerprint, and by its function only when it has a name") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  CHECK(ValueOf(families, "seep_stack_growth_bytes_per_second",
                And(And(kShop, "fingerprint", "00c0ffee00c0ffee"), "function",
                    "shop::Cart::Add(Item const&)")) == Approx(8.0 * (1 << 20) / 3600));
  CHECK(ValueOf(families, "seep_stack_live_bytes",
                And(And(kShop, "fingerprint", "0123456789abcdef"), "function", "")) ==
        3.0 * (1 << 20));
}

TEST_CASE("breakers, queues and the daemon itself") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  const Labels mail{{"dependency", "endpoint mail"}};
  CHECK(ValueOf(families, "seep_agent_breaker_state", And(mail, "state", "open")) == 1);
  CHECK(ValueOf(families, "seep_agent_breaker_state", And(mail, "state", "closed")) == 0);
  CHECK(ValueOf(families, "seep_agent_dependency_failures_total", mail) == 20);
  CHECK(ValueOf(families, "seep_agent_queue_limit", {{"queue", "ticks"}}) == 2000);
  CHECK(ValueOf(families, "seep_agent_ticks_dropped_total", {}) == 3);
  CHECK(ValueOf(families, "seep_agent_allocator_resident_bytes", {}) == 14 << 20);
}

TEST_CASE("1000 targets with 1000 stacks each stay within the bounds, the rest is other") {
  const AgentSnapshot snapshot = LargeSnapshot(1000, 1000);
  const auto families = MetricFamiliesOf(snapshot);
  // Per target: measurements and live heap, verdict, growth, stacks, the rest; and the daemon's
  // own.
  CHECK(SeriesCount(families) < 201 * (128 + 2 + 10 + 2 * 16 + 3 * 10 + 2 + 4) + 1500);
  CHECK(SeriesCount(families) < 25000);
  for (const auto& family : families) {
    std::set<Labels> labels;
    for (const auto& sample : family.metric) labels.insert(sample.label);
    CHECK(labels.size() == family.metric.size());
  }
  const auto* growth = Find(families, "seep_stack_growth_bytes_per_second");
  CHECK(growth->metric.size() == 200 * (10 + 1) + 1);
  // Nothing is lost: shown and other add up to all.
  double sum = 0;
  for (const auto& sample : growth->metric) sum += sample.gauge.value;
  CHECK(sum == Approx(1000 * 1000.0 * 1001 / 3600));
  const Labels other{{"service", "other"}, {"pid", ""}};
  CHECK(ValueOf(families, "seep_target_fds", other) == 800 * 17);
  CHECK(ValueOf(families, "seep_target_heap_live_bytes", other) == 800 * 64.0 * (1 << 20));
  CHECK(std::isnan(ValueOf(families, "seep_target_cpu_seconds_total", other)));
  CHECK(std::isnan(ValueOf(families, "seep_target_verdict", other)));
  CHECK(ValueOf(families, "seep_agent_targets", {}) == 1000);
  CHECK(ValueOf(families, "seep_agent_targets_other", {}) == 800);
}

TEST_CASE("the stacks shown are those with the highest lower bound") {
  AgentSnapshot snapshot = LargeSnapshot(1, 1000);
  std::ranges::reverse(snapshot.targets.front().stacks);
  const auto families = MetricFamiliesOf(snapshot);
  const auto* growth = Find(families, "seep_stack_growth_lower_bound_bytes_per_second");
  REQUIRE(growth->metric.size() == 10);
  CHECK(growth->metric.front().gauge.value == Approx(1000.0 / 3600));
  CHECK(growth->metric.back().gauge.value == Approx(991.0 / 3600));
}

TEST_CASE("a growing target is shown however many quiet ones come before it") {
  AgentSnapshot snapshot = LargeSnapshot(300, 0);
  for (TargetState& target : snapshot.targets) target.growth_class = {};
  snapshot.targets[299].service = "zzz";
  snapshot.targets[299].growth_class = seep::model::GrowthClass::kStaircase;
  const auto families = MetricFamiliesOf(snapshot);
  CHECK(ValueOf(families, "seep_target_fds", {{"service", "zzz"}}) == 17);
}

TEST_CASE("what cannot be exported is left out, not passed on") {
  AgentSnapshot snapshot = ExampleSnapshot();
  TargetState& target = snapshot.targets[0];
  target.measurements = {{"broken", "bytes", std::nan("")}, {"fds", "fds", 1}, {"fds", "fds", 2}};
  snapshot.targets.push_back(target);  // the same process twice
  const auto families = MetricFamiliesOf(snapshot);
  CHECK(Find(families, "seep_target_broken_bytes") == nullptr);
  CHECK(ValueOf(families, "seep_target_fds", kShop) == 1);
  CHECK(Find(families, "seep_target_fds")->metric.size() == 2);
}

TEST_CASE("an empty snapshot has the daemon's figures only") {
  const auto families = MetricFamiliesOf(AgentSnapshot{});
  for (const auto& family : families) CHECK(family.name.starts_with("seep_agent_"));
}
