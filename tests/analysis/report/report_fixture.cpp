// SPDX-License-Identifier: Apache-2.0
#include "report_fixture.h"

namespace seep::report {
namespace {

constexpr double kMiB = 1024 * 1024;

model::RunData MakeData() {
  model::RunData data;
  data.run.id = model::RunId{7};
  data.run.name = "nightly";
  data.run.started_at_ns = 1'700'000'000'000'000'000;
  data.run.duration_s = 600;
  data.run.is_finished = true;
  data.run.command = {"./service", "--port", "80"};
  data.run.target_exit = 143;
  data.run.host = "soak-1";
  data.run.seep_version = "0.1.0";
  data.run.interval_bytes = 131072;
  data.run.tick_s = 2;
  model::Target target;
  target.id = model::TargetId{1};
  target.pid = 4711;
  target.exe = "/usr/bin/service";
  target.command_line = "./service --port 80";
  target.probe = "active";
  target.last_seen_s = 600;
  data.targets.push_back(target);
  model::SeriesData rss{{model::SeriesId{1}, target.id, "rss_swap", "bytes"}, {}};
  for (int i = 0; i <= 300; ++i) rss.points.push_back({2.0 * i, (40 + 98.0 / 1800 * i) * kMiB});
  model::SeriesData heap{{model::SeriesId{2}, target.id, "heap_live", "bytes"}, {}};
  for (int i = 1; i <= 60; ++i) heap.points.push_back({10.0 * i, (20 + 96.0 / 360 * i) * kMiB});
  data.series = {rss, heap};
  data.modules.push_back({model::ModuleId{1}, "abcd", "/usr/lib/libcache.so.1"});
  model::StackHistory unresolved;
  unresolved.stack.id = model::StackId{6};
  unresolved.stack.target = target.id;
  unresolved.stack.frames = {{model::ModuleId{1}, 0x1234}, {model::ModuleId{0}, 0x7f00deadbeef}};
  data.stacks.push_back(unresolved);
  data.events.push_back({600, "stop", "duration reached"});
  return data;
}

model::SeriesVerdict Series(const char* metric, const char* unit, model::GrowthClass growth_class,
                            double slope, double half_width, double level, size_t points) {
  model::SeriesVerdict series;
  series.target = model::TargetId{1};
  series.metric = metric;
  series.unit = unit;
  series.growth_class = growth_class;
  series.slope_per_hour = slope;
  series.ci_low = slope - half_width;
  series.ci_high = slope + half_width;
  series.level = level;
  series.warmup_end_s = series.since_s = 150;
  series.usable_s = 450;
  series.is_finding = growth_class == model::GrowthClass::kGrowth;
  series.points = points;
  series.detectable_per_hour = half_width;
  series.explanation = growth_class == model::GrowthClass::kGrowth
                           ? "rises through the whole time after warm-up"
                           : "no growth beyond the noise";
  return series;
}

model::StackVerdict Stack(int64_t id, double growth, double share) {
  model::StackVerdict stack;
  stack.target = model::TargetId{1};
  stack.stack = model::StackId{id};
  stack.growth_class = model::GrowthClass::kGrowth;
  stack.growth_bytes_per_hour = growth;
  stack.ci_low = 0.8 * growth;
  stack.live_bytes = growth / 6;
  stack.live_bytes_se = growth / 60;
  stack.share = share;
  stack.age_p50_s = 222;
  stack.explanation =
      "90 blocks sampled here in the last 7m30s are still in use, 2 older ones were freed; births "
      "in 6 of 6 periods";
  return stack;
}

model::Verdict MakeVerdict() {
  model::Verdict verdict;
  verdict.growth_class = model::GrowthClass::kGrowth;
  verdict.confidence = "high";
  verdict.confidence_reason =
      "2 stacks, the live heap and resident memory agree; noise alone would rise like this in less "
      "than 1 of 1000 such runs";
  verdict.detectable_per_hour = 30 * kMiB;
  verdict.exit_code = model::ExitCode::kGrowth;
  verdict.summary =
      "Growth: 2 stacks of service (pid 4711) keep 1.60 MiB/min more than they free; at this rate "
      "the limit is reached in 4.6 h.";
  verdict.series = {
      Series("rss_swap", "bytes", model::GrowthClass::kGrowth, 98 * kMiB, 4 * kMiB, 50 * kMiB, 225),
      Series("heap_live", "bytes", model::GrowthClass::kGrowth, 96 * kMiB, 9 * kMiB, 30 * kMiB, 45),
      Series("fds", "fds", model::GrowthClass::kStable, 0, 12, 23, 225)};
  verdict.stacks = {Stack(5, 72 * kMiB, 0.75), Stack(6, 24 * kMiB, 0.25)};
  verdict.attributed_target = model::TargetId{1};
  verdict.rss_slope_per_hour = 98 * kMiB;
  verdict.attribution = {{model::part::kHeapLive, 96 * kMiB, 96.0 / 98, 0.93, 1.03},
                         {model::part::kAllocatorSlack, 2 * kMiB, 2.0 / 98, -0.03, 0.07},
                         {model::part::kFileClean, 0, 0, 0, 0}};
  verdict.forecast = {model::metric::kRssSwap,
                      "bytes",
                      static_cast<uint64_t>(500 * kMiB),
                      "cgroup memory.max",
                      4.6,
                      4.4,
                      4.8,
                      false};
  verdict.forecasts = {*verdict.forecast};
  verdict.warnings = {"the run has no end: judged by what was recorded"};
  return verdict;
}

}  // namespace

Fixture LeakingRun() {
  Fixture fixture{MakeData(), MakeVerdict(), {}, {"3 samples could not be unwound"}};
  fixture.frames[model::StackId{5}] = {
      {"operator new(unsigned long)", "", 0, "libstdc++.so.6", false},
      {"std::vector<Session>::push_back(Session&&)", "/usr/include/c++/12/bits/stl_vector.h", 1287,
       "service", true},
      {"SessionTable::Remember(std::basic_string_view<char, std::char_traits<char> >, "
       "std::chrono::time_point<std::chrono::_V2::steady_clock>)",
       "src/session_table.cpp", 88, "service", false},
      {"main", "src/main.cpp", 12, "service", false}};
  return fixture;
}

}  // namespace seep::report
