// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/health.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "agent/serve/metric_families.h"

namespace seep::serve {
namespace {

using nlohmann::ordered_json;

constexpr size_t kMostErrors = 50;

double AgeOf(const Published& published, std::chrono::steady_clock::time_point now) {
  return std::max(0.0, std::chrono::duration<double>(now - published.at).count());
}

double Rounded(double seconds) {
  return std::round(seconds * 1000) / 1000;
}

// Text of others may be as long as it likes; a reader wants a line.
std::string Line(const std::string& text) {
  return text.substr(0, 400);
}

// Times of the snapshot are of CLOCK_REALTIME, which may be set; ages are not to jump with it.
ordered_json TargetJson(const TargetState& target, double age_s, const HealthLimits& limits) {
  ordered_json json{{"service", Line(target.service)},   {"pid", target.pid},
                    {"start_ticks", target.start_ticks}, {"exe", Line(target.exe)},
                    {"tick_age_s", Rounded(age_s)},      {"is_fresh", age_s <= limits.tick_age_s},
                    {"probe", Line(target.probe)}};
  if (target.growth_class) json["verdict"] = model::ToString(*target.growth_class);
  return json;
}

ordered_json DependencyJson(const DependencyState& dependency) {
  ordered_json json{{"name", Line(dependency.name)},
                    {"breaker", ToString(dependency.breaker)},
                    {"calls", dependency.calls},
                    {"failures", dependency.failures},
                    {"rejected", dependency.rejected},
                    {"opened", dependency.opened},
                    {"call_p95_s", Rounded(dependency.call_p95_s)},
                    {"last_error", Line(dependency.last_error)}};
  if (dependency.breaker != BreakerState::kClosed) json["retry_in_s"] = dependency.retry_in_s;
  return json;
}

ordered_json SelfJson(const SelfFigures& self) {
  ordered_json json{{"rss_bytes", self.rss_bytes},
                    {"fds", self.fds},
                    {"threads", self.threads},
                    {"cpu_s", self.cpu_s}};
  if (self.allocator) {
    json["allocator"] = {{"allocated_bytes", self.allocator->allocated_bytes},
                         {"active_bytes", self.allocator->active_bytes},
                         {"resident_bytes", self.allocator->resident_bytes}};
  }
  return json;
}

}  // namespace

Liveness LivenessOf(const Published* published, std::chrono::steady_clock::time_point now,
                    const HealthLimits& limits) {
  if (!published) return {false, "starting: the loop has not come round yet"};
  const double age_s = AgeOf(*published, now);
  if (age_s <= limits.snapshot_age_s) return {true, "ok"};
  return {false, fmt::format("the loop has not come round for {:.0f} s", age_s)};
}

std::string DetailedHealth(const Published& published, std::chrono::steady_clock::time_point now,
                           const HealthLimits& limits) {
  const AgentSnapshot& snapshot = published.snapshot;
  const double age_s = AgeOf(published, now);
  const bool is_alive = LivenessOf(&published, now, limits).is_alive;
  bool is_degraded = false;
  ordered_json targets = ordered_json::array();
  size_t stale = 0;
  for (const TargetState& target : snapshot.targets) {
    const double tick_age_s = std::max(0.0, snapshot.made_at_s - target.last_tick_s) + age_s;
    stale += tick_age_s > limits.tick_age_s ? 1 : 0;
    if (targets.size() < kMostTargets) targets.push_back(TargetJson(target, tick_age_s, limits));
  }
  is_degraded |= stale > 0;
  ordered_json dependencies = ordered_json::array();
  for (const DependencyState& dependency : snapshot.dependencies) {
    is_degraded |= dependency.breaker != BreakerState::kClosed;
    if (dependencies.size() < kMostDependencies) dependencies.push_back(DependencyJson(dependency));
  }
  ordered_json queues = ordered_json::array();
  for (const QueueState& queue : snapshot.queues) {
    is_degraded |= queue.limit > 0 && queue.depth >= queue.limit;
    if (queues.size() == kMostQueues) continue;
    queues.push_back({{"name", Line(queue.name)}, {"depth", queue.depth}, {"limit", queue.limit}});
  }
  ordered_json errors = ordered_json::array();
  for (const LastError& error : snapshot.errors) {
    if (errors.size() == kMostErrors) break;
    errors.push_back({{"age_s", Rounded(std::max(0.0, snapshot.made_at_s - error.at_s) + age_s)},
                      {"source", Line(error.source)},
                      {"message", Line(error.message)}});
  }
  const ordered_json json{
      {"status", !is_alive     ? "stale"
                 : is_degraded ? "degraded"
                               : "ok"},
      {"version", snapshot.version},
      {"boot_id", snapshot.boot_id},
      {"uptime_s", Rounded(std::max(0.0, snapshot.made_at_s - snapshot.started_at_s) + age_s)},
      {"snapshot_age_s", Rounded(age_s)},
      {"ticks", snapshot.ticks},
      {"dropped_ticks", snapshot.dropped_ticks},
      {"refused_targets", snapshot.refused_targets},
      {"target_count", snapshot.targets.size()},
      {"stale_target_count", stale},
      {"targets", std::move(targets)},
      {"dependencies", std::move(dependencies)},
      {"queues", std::move(queues)},
      {"errors", std::move(errors)},
      {"self", SelfJson(snapshot.self)}};
  // Names of files and processes need not be UTF-8.
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace seep::serve
