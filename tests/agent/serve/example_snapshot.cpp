// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/serve/example_snapshot.h"

namespace seep::serve {
namespace {

namespace metric = model::metric;
using model::GrowthClass;

constexpr double kMiB = 1 << 20;

TargetState LeakingTarget() {
  TargetState target{.service = "shop", .pid = 4711, .start_ticks = 123456};
  target.exe = "/usr/bin/shop \"beta\"";
  target.last_tick_s = kExampleTime_s - 2.5;
  target.is_probe_active = true;
  target.probe = "active";
  target.measurements = {{metric::kRssAnon, "bytes", 80 * kMiB},
                         {metric::kRssFile, "bytes", 8 * kMiB},
                         {metric::kRssShmem, "bytes", 0},
                         {metric::kSwap, "bytes", 0},
                         {metric::kRssSwap, "bytes", 88 * kMiB},
                         {metric::kPss, "bytes", 81 * kMiB},
                         {metric::kFds, "fds", 17},
                         {metric::kThreads, "threads", 9},
                         {metric::kCpuSeconds, "seconds", 321.25},
                         {metric::kHeapAlloc, "bytes", 5000 * kMiB},
                         {metric::kMappedLive, "bytes", 4 * kMiB},
                         {metric::kAnonArenas, "bytes", 70 * kMiB},
                         {metric::kAnonMaps, "bytes", 9 * kMiB},
                         {metric::kThreadStacks, "bytes", kMiB},
                         {metric::kFileDirty, "bytes", 2 * kMiB},
                         {metric::kFileClean, "bytes", 6 * kMiB},
                         {metric::kSeepOwn, "bytes", kMiB / 2},
                         {metric::kAnonHuge, "bytes", 0},
                         {metric::kLazyFree, "bytes", 0},
                         {metric::kAllocatorMapped, "bytes", 3 * kMiB},
                         {"vm_size", "bytes", 900 * kMiB},
                         {"mappings", "mappings", 300},
                         {"zombies", "processes", 0},
                         {"minor_faults", "faults", 90000},
                         {"major_faults", "faults", 12},
                         {"voluntary_switches", "switches", 70000},
                         {"involuntary_switches", "switches", 800},
                         {"io_read", "bytes", 5 * kMiB},
                         {"io_written", "bytes", 6 * kMiB},
                         {"deleted_files", "bytes", 0},
                         {"memory_files", "bytes", 0},
                         {"sysv_shm", "bytes", 0},
                         {"fds_file", "fds", 5},
                         {"fds_tcp_close_wait", "fds", 12},
                         {"limit_fds", "fds", 1024},
                         {"limit_mappings", "mappings", 65530},
                         {"limit_threads", "threads", 4096},
                         {"dev_shm", "bytes", 0},
                         {"cgroup_memory", "bytes", 100 * kMiB},
                         {"cgroup_anon", "bytes", 81 * kMiB},
                         {"cgroup_file", "bytes", 12 * kMiB},
                         {"cgroup_kernel", "bytes", 5 * kMiB},
                         {"cgroup_sock", "bytes", kMiB},
                         {"cgroup_shmem", "bytes", kMiB},
                         {"psi_memory_some", "%", 1.5},
                         {"psi_memory_full", "%", 0.5},
                         {"psi_io_some", "%", 2},
                         {"psi_io_full", "%", 1},
                         {"psi_cpu_some", "%", 3},
                         {"psi_cpu_full", "%", 0},
                         {"psi_memory_some_seconds", "seconds", 15},
                         {"psi_memory_full_seconds", "seconds", 5},
                         {"psi_io_some_seconds", "seconds", 20},
                         {"psi_io_full_seconds", "seconds", 10},
                         {"psi_cpu_some_seconds", "seconds", 30},
                         {"psi_cpu_full_seconds", "seconds", 0},
                         {metric::kAllocatorInUse, "bytes", 70 * kMiB},
                         {metric::kAllocatorHeld, "bytes", 79 * kMiB}};
  target.heap_live_bytes = 64 * kMiB;
  target.heap_live_se_bytes = 1.5 * kMiB;
  target.limit_bytes = 256 << 20;
  target.growth_class = GrowthClass::kGrowth;
  target.growth = {
      {metric::kRssSwap, "bytes", GrowthClass::kGrowth, 9 * kMiB, 8.5 * kMiB, 9.5 * kMiB},
      {metric::kFds, "fds", GrowthClass::kStable, 0.5, -0.5, 1.5}};
  target.stacks = {
      {"00c0ffee00c0ffee", "shop::Cart::Add(Item const&)", 8 * kMiB, 7.5 * kMiB, 40 * kMiB},
      {"0123456789abcdef", "libz.so.1+0x1234", kMiB, 0.5 * kMiB, 3 * kMiB}};
  return target;
}

ServiceState SlowerService() {
  ServiceState service{"search", 2, 90.0 * (1 << 20), 30, 16, GrowthClass::kDrift};
  const std::string source = "http://127.0.0.1:9100/metrics";
  service.load = {{source, 250, 0.004, {0.012, 0.08, 0.31}},
                  {"k6-json:/var/log/k6.json", 0}};  // nobody asks now
  service.drift = {{source, metric::kLatencyP50, false, 0.002},
                   {source, metric::kLatencyP95, true, 0.25}};
  return service;
}

TargetState QuietTarget() {
  TargetState target{.service = "mail", .pid = 99, .start_ticks = 5000};
  target.exe = "/usr/sbin/mail";
  target.last_tick_s = kExampleTime_s - 1;
  target.probe = "linked statically";
  target.measurements = {{metric::kRssSwap, "bytes", 12 * kMiB}, {metric::kFds, "fds", 5}};
  return target;
}

}  // namespace

AgentSnapshot ExampleSnapshot() {
  AgentSnapshot snapshot;
  snapshot.version = "0.1.0";
  snapshot.boot_id = "8c6b7f0e-0000-4000-8000-0123456789ab";
  snapshot.started_at_s = kExampleTime_s - 86400;
  snapshot.made_at_s = kExampleTime_s;
  snapshot.targets = {LeakingTarget(), QuietTarget()};
  snapshot.services = {{"mail", 1, 5.0 * (1 << 20), 9, 2},
                       SlowerService(),
                       {"shop", 3, 250.0 * (1 << 20), 51, 12, model::GrowthClass::kGrowth}};
  snapshot.dependencies = {
      {.name = "database", .calls = 1000, .call_p95_s = 0.004},
      {"endpoint shop", BreakerState::kHalfOpen, 50, 4, 2, 1, 0, "connection refused", 0.5},
      {"endpoint mail", BreakerState::kOpen, 60, 20, 10, 3, 0, "time-out after 5 s", 30}};
  snapshot.queues = {{"ticks", 12, 2000}, {"spool_bytes", 0, 64 << 20}};
  snapshot.errors = {{kExampleTime_s - 10, "endpoint mail", "time-out after 5 s"}};
  snapshot.ticks = 123456;
  snapshot.dropped_ticks = 3;
  snapshot.errors_seen = 24;
  snapshot.self = {30 << 20, 40, 7, 12.5, AllocatorFigures{10 << 20, 12 << 20, 14 << 20}};
  return snapshot;
}

AgentSnapshot LargeSnapshot(size_t targets, size_t stacks) {
  AgentSnapshot snapshot = ExampleSnapshot();
  const TargetState example = snapshot.targets.front();
  snapshot.targets.clear();
  const std::string odd = "\"quoted\" back\\slash\nline \x80\xff\x01 \xc3\xa9 ";
  for (size_t i = 0; i < targets; i++) {
    TargetState& target = snapshot.targets.emplace_back(example);
    target.service = "service-" + std::to_string(i % 50) + odd;
    target.pid = static_cast<int>(i) + 1;
    target.exe = std::string(4096, '/');
    target.stacks.clear();
    for (size_t j = 0; j < stacks; j++) {
      const auto rank = static_cast<double>(stacks - j);
      // Short but for one: a million of them are to fit into memory.
      const std::string function = j == 0 ? odd + std::string(2000, 'f') : "f";
      target.stacks.push_back(
          {std::to_string(i * stacks + j), function, rank * 2, rank, rank * 10});
    }
  }
  return snapshot;
}

}  // namespace seep::serve
