// SPDX-License-Identifier: Apache-2.0
#include "analysis/verdict.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <limits>

#include "synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::Analyze;
using model::ExitCode;
using model::GrowthClass;
using model::Verdict;

namespace {

model::RunData Healthy(double duration_s = 120) {
  Rng rng(1);
  return MakeRun(rng, {duration_s, 0.5, 2, 30 * kMiB, {Churn(rng, duration_s, 40, 5)}});
}

model::RunData Leaking(double duration_s = 120) {
  Rng rng(2);
  return MakeRun(
      rng,
      {duration_s, 0.5, 2, 30 * kMiB, {Churn(rng, duration_s, 40, 5), Leak(rng, duration_s, 1)}});
}

// The series of the first target with this metric.
model::SeriesData& SeriesOf(model::RunData& data, const char* metric) {
  for (model::SeriesData& series : data.series) {
    if (series.series.metric == metric) return series;
  }
  FAIL("no series " << metric);
  return data.series.front();
}

void AddRise(model::RunData& data, const char* metric, double per_s) {
  for (model::Point& point : SeriesOf(data, metric).points) point.value += per_s * point.t_s;
}

bool Warns(const Verdict& verdict, const std::string& words) {
  for (const std::string& warning : verdict.warnings) {
    if (warning.find(words) != std::string::npos) return true;
  }
  return false;
}

// A copy of the first target and its series, as a child.
void AddChild(model::RunData& data, const model::RunData& child_data) {
  model::Target child = child_data.targets[0];
  child.id = model::TargetId{2};
  child.pid = 4712;
  child.parent_pid = data.targets[0].pid;
  data.targets.push_back(child);
  for (model::SeriesData series : child_data.series) {
    series.series.target = child.id;
    data.series.push_back(std::move(series));
  }
  for (model::StackHistory history : child_data.stacks) {
    history.stack.target = child.id;
    history.stack.id = model::StackId(static_cast<int64_t>(history.stack.id) + 100);
    data.stacks.push_back(std::move(history));
  }
}

// The metrics that the verdict rests on.
std::vector<std::string> Findings(const Verdict& verdict) {
  std::vector<std::string> metrics;
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.is_finding) metrics.push_back(series.metric);
  }
  return metrics;
}

}  // namespace

TEST_CASE("a healthy run passes and says what it would have seen") {
  const Verdict verdict = Analyze(Healthy());
  CHECK(verdict.exit_code == ExitCode::kPass);
  CHECK(verdict.stacks.empty());
  CHECK_FALSE(verdict.forecast);
  // 60 samples of 128 KiB in 90 s.
  CHECK(verdict.summary.find(": a leak above 5.00 MiB/min would have been seen.") !=
        std::string::npos);
  CHECK(verdict.confidence == "low");  // two minutes
  CHECK(verdict.confidence_reason.find("it rests on ") == 0);
  CHECK(verdict.confidence_reason.find("; 10 minutes would make it medium") != std::string::npos);
  CHECK(verdict.detectable_per_hour == Approx(300 * kMiB).epsilon(0.1));
  CHECK(Findings(verdict).empty());
}

TEST_CASE("a run in which nothing happens is stable") {
  Rng rng(1);
  const Verdict verdict = Analyze(MakeRun(rng, {120, 0.5, 2, 30 * kMiB, {}}));
  CHECK(verdict.growth_class == GrowthClass::kStable);
  CHECK(verdict.summary == "No growth: a leak above 5.00 MiB/min would have been seen.");
}

TEST_CASE("a leak is growth, with its stack, attribution and forecast") {
  model::RunData data = Leaking();
  data.run.limit_bytes = static_cast<uint64_t>(200 * kMiB);
  data.run.limit_source = "cgroup memory.max";
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  CHECK(verdict.growth_class == GrowthClass::kGrowth);
  CHECK(verdict.confidence == "high");
  CHECK(verdict.confidence_reason ==
        "1 stack, the live heap and resident memory agree; noise alone would rise like this in "
        "less than 1 of 1000 such runs");
  CHECK(Findings(verdict) == std::vector<std::string>{"rss_swap", "heap_live"});
  REQUIRE(verdict.stacks.size() == 1);
  CHECK(verdict.stacks[0].stack == model::StackId{2});
  CHECK(verdict.stacks[0].share == 1);
  // 1 sample of 128 KiB a second = 450 MiB/h.
  CHECK(verdict.stacks[0].growth_bytes_per_hour == Approx(450 * kMiB).epsilon(0.3));
  CHECK(verdict.attributed_target == data.targets[0].id);
  REQUIRE(verdict.attribution.size() == 6);
  CHECK(verdict.attribution[0].share > 0.7);
  REQUIRE(verdict.forecast);
  CHECK(verdict.forecast->hours == Approx(150.0 / 450).epsilon(0.3));
  CHECK(verdict.summary.find("Growth: 1 stack of service (pid 4711) keeps ") == 0);
  CHECK(verdict.summary.find("the limit is reached in ") != std::string::npos);
}

TEST_CASE("the same input gives the same verdict, bit for bit") {
  const Verdict a = Analyze(Leaking());
  const Verdict b = Analyze(Leaking());
  CHECK(a.summary == b.summary);
  REQUIRE(a.series.size() == b.series.size());
  for (size_t i = 0; i < a.series.size(); ++i) {
    CHECK(std::memcmp(&a.series[i].slope_per_hour, &b.series[i].slope_per_hour, 8) == 0);
    CHECK(std::memcmp(&a.series[i].ci_low, &b.series[i].ci_low, 8) == 0);
  }
}

TEST_CASE("missing or too little data never passes") {
  CHECK(Analyze({}).exit_code == ExitCode::kInconclusive);
  for (const double duration_s : {0.0, 1.0, 10.0, 39.0}) {
    CHECK(Analyze(Healthy(duration_s)).exit_code == ExitCode::kInconclusive);
    CHECK(Analyze(Healthy(duration_s)).summary.find("Inconclusive: ") == 0);
  }
  model::RunData no_series = Healthy();
  no_series.series.clear();
  CHECK(Analyze(no_series).exit_code == ExitCode::kInconclusive);

  model::RunData no_snapshots = Healthy();
  SeriesOf(no_snapshots, model::metric::kHeapLive).points.resize(5);
  CHECK(Analyze(no_snapshots).exit_code == ExitCode::kInconclusive);

  model::RunData not_numbers = Healthy();
  for (model::SeriesData& series : not_numbers.series) {
    for (model::Point& point : series.points) {
      point.value = std::numeric_limits<double>::quiet_NaN();
    }
  }
  CHECK(Analyze(not_numbers).exit_code == ExitCode::kInconclusive);
}

TEST_CASE("growth shows even when the heap snapshots are missing") {
  model::RunData data = Healthy();
  SeriesOf(data, model::metric::kHeapLive).points.resize(3);
  AddRise(data, model::metric::kRssSwap, 0.2 * kMiB);
  CHECK(Analyze(data).exit_code == ExitCode::kGrowth);
}

TEST_CASE("resident memory that grows a little over a flat live heap is a warning") {
  model::RunData data = Healthy();
  AddRise(data, model::metric::kRssSwap, 30 * kKiB);  // 2.6 MiB of 44 MiB after warm-up
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kPass);
  CHECK(Findings(verdict).empty());  // it rises, but that is no finding
  CHECK(verdict.confidence_reason.find("but resident memory rises") != std::string::npos);
  CHECK(Warns(verdict, "while the live heap is flat: allocator slack or direct mappings"));
}

TEST_CASE("resident memory that grows strongly over a flat live heap is growth") {
  model::RunData data = Healthy();
  AddRise(data, model::metric::kRssSwap, 0.2 * kMiB);
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  CHECK(verdict.summary.find("the resident memory of service (pid 4711) rises by") !=
        std::string::npos);
}

TEST_CASE("resident memory that grows by what the allocator keeps is a ratchet, with its remedy") {
  model::RunData data = Healthy();
  data.run.limit_bytes = static_cast<uint64_t>(200 * kMiB);
  for (const char* metric :
       {model::metric::kAnonArenas, model::metric::kAnonMaps, model::metric::kThreadStacks,
        model::metric::kFileDirty, model::metric::kFileClean, model::metric::kSeepOwn}) {
    AddSeries(data, metric, "bytes", SeriesOf(data, model::metric::kHeapLive).points);
  }
  AddRise(data, model::metric::kRssSwap, 0.2 * kMiB);
  AddRise(data, model::metric::kAnonArenas, 0.2 * kMiB);
  const Verdict ratchet = Analyze(data);
  CHECK(ratchet.exit_code == ExitCode::kPass);
  CHECK(ratchet.growth_class == GrowthClass::kRatchet);
  CHECK(Findings(ratchet) == std::vector<std::string>{"rss_swap"});
  CHECK(ratchet.summary.find(
            "No leak, but the allocator of service (pid 4711) keeps what is free") == 0);
  CHECK(Warns(ratchet, "malloc_trim(0)"));
  CHECK(ratchet.forecast);

  // The same rise in mappings of the target is nobody's slack.
  AddRise(data, model::metric::kAnonArenas, -0.2 * kMiB);
  AddRise(data, model::metric::kThreadStacks, 0.2 * kMiB);
  const Verdict leak = Analyze(data);
  CHECK(leak.growth_class == GrowthClass::kGrowth);
  CHECK(leak.summary.find("of it stacks of threads, which do not end") != std::string::npos);
}

TEST_CASE("without a probe resident memory decides, and the report says so") {
  model::RunData data = Healthy();
  data.targets[0].probe = "static executable";
  data.stacks.clear();
  std::erase_if(data.series, [](const model::SeriesData& series) {
    return series.series.metric == model::metric::kHeapLive;
  });
  const Verdict healthy = Analyze(data);
  CHECK(healthy.exit_code == ExitCode::kPass);
  CHECK(Warns(healthy, "no heap data (static executable)"));
  AddRise(data, model::metric::kRssSwap, 30 * kKiB);
  CHECK(Analyze(data).exit_code == ExitCode::kGrowth);
}

TEST_CASE("descriptors and threads that are not given back are growth") {
  model::RunData fds = Healthy();
  AddRise(fds, model::metric::kFds, 0.2);
  CHECK(Analyze(fds).exit_code == ExitCode::kGrowth);
  CHECK(Analyze(fds).summary.find("more file descriptors per hour") != std::string::npos);
  CHECK(Findings(Analyze(fds)) == std::vector<std::string>{"fds"});
  CHECK(Analyze(fds).confidence_reason.find("nothing but open file descriptors shows it") == 0);
  model::RunData threads = Healthy();
  AddRise(threads, model::metric::kThreads, 0.2);
  CHECK(Analyze(threads).summary.find("more threads per hour") != std::string::npos);
}

TEST_CASE("descriptors that are lost by the batch are growth, at the rate of the batches") {
  model::RunData data = Healthy(600);
  std::vector<model::Point>& fds = SeriesOf(data, model::metric::kFds).points;
  for (model::Point& point : fds) point.value += 40 * std::floor(point.t_s / 80);
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  const auto found =
      std::find_if(verdict.series.begin(), verdict.series.end(),
                   [](const auto& one) { return one.metric == model::metric::kFds; });
  REQUIRE(found != verdict.series.end());
  INFO(ToString(found->growth_class) << " " << found->explanation);
  CHECK(found->slope_per_hour == Approx(3600 * 40.0 / 80).epsilon(0.2));
}

TEST_CASE("a target that vanished is judged by the time before, with a warning") {
  model::RunData data = Healthy();
  data.run.duration_s = 400;
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kPass);
  CHECK(Warns(verdict, "vanished at 2m00s of 6m40s"));
}

TEST_CASE("the worst of several targets decides") {
  model::RunData data = Healthy();
  AddChild(data, Leaking());
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  CHECK(verdict.attributed_target == model::TargetId{2});
  CHECK(verdict.summary.find("pid 4712") != std::string::npos);
}

TEST_CASE("a child that lived too short does not make the run inconclusive") {
  model::RunData data = Healthy();
  model::RunData child = Healthy(20);
  AddChild(data, child);
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kPass);
  CHECK(Warns(verdict, "1 of 2 processes lived too short"));
}

TEST_CASE("behind a launcher that ended well the daemon is judged; behind a crash nothing is") {
  model::RunData data = Healthy(5);
  data.run.duration_s = 120;
  data.targets[0].exit_status = 0;
  AddChild(data, Healthy());
  CHECK(Analyze(data).exit_code == ExitCode::kPass);
  CHECK(Warns(Analyze(data), "is judged in its place"));
  data.targets[0].exit_status = 139;
  CHECK(Analyze(data).exit_code == ExitCode::kInconclusive);
}

TEST_CASE("growing mappings are growth when what is mapped rises, and memory that moved when not") {
  model::RunData data = Leaking();
  for (model::StackHistory& history : data.stacks) {
    history.stack.kind = model::StackKind::kMapping;
  }
  model::SeriesData mapped = SeriesOf(data, model::metric::kHeapLive);
  mapped.series.id = model::SeriesId{99};
  mapped.series.metric = model::metric::kMappedLive;
  for (model::SeriesData& series : data.series) {
    const bool is_count = series.series.unit != "bytes";
    for (model::Point& point : series.points) point.value = is_count ? 5 : 30 * kMiB;
  }
  data.series.push_back(mapped);
  const Verdict rising = Analyze(data);
  CHECK(rising.growth_class == GrowthClass::kGrowth);
  REQUIRE(rising.stacks.size() == 1);
  CHECK(rising.stacks[0].kind == model::StackKind::kMapping);

  for (model::Point& point : data.series.back().points) point.value = 30 * kMiB;
  const Verdict moved = Analyze(data);
  CHECK(moved.growth_class != GrowthClass::kGrowth);
  CHECK(Warns(moved, "memory that moved"));
}

TEST_CASE("a series of the verdict says since when it grows") {
  model::RunData data = Healthy(1200);
  std::vector<model::Point>& fds = SeriesOf(data, model::metric::kFds).points;
  for (model::Point& point : fds) point.value += 0.2 * std::max(0.0, point.t_s - 480);
  const Verdict verdict = Analyze(data);
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.metric == model::metric::kFds) CHECK(series.since_s == Approx(480).margin(80));
    if (series.metric == model::metric::kThreads) CHECK(series.usable_s == Approx(1176).margin(20));
  }
}
