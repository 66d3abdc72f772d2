// SPDX-License-Identifier: Apache-2.0
#include "analysis/resources.h"

#include <catch2/catch.hpp>
#include <functional>

#include "analysis/verdict.h"
#include "analysis/words.h"
#include "synthetic.h"

using namespace seep;
using namespace seep::synthetic;
using analysis::Analyze;
using model::ExitCode;
using model::GrowthClass;
using model::Verdict;
namespace metric = model::metric;

namespace {

constexpr double kLength_s = 600;
constexpr double kLook_s = 5;

model::RunData Healthy() {
  Rng rng(1);
  return MakeRun(rng, {kLength_s, 0.5, 5, 30 * kMiB, {Churn(rng, kLength_s, 40, 5)}});
}

// A series measured at every look from `from_s` on.
void Add(model::RunData& data, const char* name, const char* unit,
         const std::function<double(double)>& value, double from_s = 0) {
  Points points;
  for (double t_s = from_s; t_s <= kLength_s; t_s += kLook_s) points.push_back({t_s, value(t_s)});
  AddSeries(data, name, unit, std::move(points));
}

// Counters that are written at every look.
void AddLooks(model::RunData& data) {
  Add(data, metric::kMinorFaults, "faults", [](double t_s) { return 1000 + 3 * t_s; });
}

void AddRise(model::RunData& data, const char* name, double per_s) {
  for (model::SeriesData& series : data.series) {
    if (series.series.metric != name) continue;
    for (model::Point& point : series.points) point.value += std::floor(per_s * point.t_s);
  }
}

const model::SeriesVerdict& SeriesOf(const Verdict& verdict, const std::string& name) {
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.metric == name) return series;
  }
  FAIL("no series " << name);
  return verdict.series.front();
}

bool Has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

bool Warns(const Verdict& verdict, const std::string& words) {
  for (const std::string& warning : verdict.warnings) {
    if (Has(warning, words)) return true;
  }
  return false;
}

// A run in which this alone grows by `per_s`.
Verdict Growing(const char* name, const char* unit, double level, double per_s) {
  model::RunData data = Healthy();
  AddLooks(data);
  Add(data, name, unit, [=](double t_s) { return level + std::floor(per_s * t_s); });
  return Analyze(data);
}

}  // namespace

TEST_CASE("descriptors that leak are named by their kind, with the time to their limit") {
  model::RunData data = Healthy();
  AddLooks(data);
  AddRise(data, metric::kFds, 1.0 / 3);
  Add(data, metric::kFdsFile, "fds", [](double) { return 10; });
  Add(data, metric::kFdsTcpEstablished, "fds", [](double t_s) { return 8 + std::fmod(t_s, 7); });
  Add(data, metric::kFdsTcpCloseWait, "fds", [](double t_s) { return std::floor(t_s / 3); });
  AddSeries(data, metric::kLimitFds, "fds", {{0, 512}, {100, 1024}});
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  INFO(verdict.summary);
  CHECK(Has(verdict.summary,
            " more sockets in CLOSE_WAIT per hour than it closes; the limit of "
            "1,024 descriptors (RLIMIT_NOFILE) is reached in "));
  // 220 are open at the end; 1200 an hour more: 40 min.
  REQUIRE(verdict.forecasts.size() == 1);
  CHECK(verdict.forecasts[0].metric == "fds");
  CHECK(verdict.forecasts[0].limit == 1024);
  CHECK(verdict.forecasts[0].hours == Approx(804.0 / 1200).epsilon(0.1));
  CHECK_FALSE(verdict.forecast);  // that of memory
  CHECK(SeriesOf(verdict, metric::kFdsFile).growth_class == GrowthClass::kStable);
  CHECK_FALSE(Warns(verdict, "also"));
}

TEST_CASE("descriptors of several kinds are listed with their shares") {
  model::RunData data = Healthy();
  AddLooks(data);
  AddRise(data, metric::kFds, 0.5);
  Add(data, metric::kFdsPipe, "fds", [](double t_s) { return std::floor(0.3 * t_s); });
  Add(data, metric::kFdsEventfd, "fds", [](double t_s) { return std::floor(0.2 * t_s); });
  const Verdict verdict = Analyze(data);
  INFO(verdict.summary);
  CHECK(Has(verdict.summary,
            "more file descriptors per hour than it closes (60 % pipe ends, 40 % "
            "eventfds)"));
}

TEST_CASE("a kind that is first seen late was 0 before, not unknown") {
  model::RunData data = Healthy();
  AddLooks(data);
  constexpr double kBegin_s = 200;
  Add(
      data, metric::kFdsTcpCloseWait, "fds",
      [](double t_s) { return 1 + std::floor((t_s - kBegin_s) / 2); }, kBegin_s);
  const Verdict verdict = Analyze(data);
  INFO(verdict.summary);
  CHECK(SeriesOf(verdict, metric::kFdsTcpCloseWait).points > 100);
  CHECK(verdict.exit_code == ExitCode::kGrowth);
  CHECK(Has(verdict.summary, "more sockets per hour in CLOSE_WAIT than it closes"));
}

TEST_CASE("every resource that leaks is growth, in words of its own") {
  struct Leak {
    const char* metric;
    const char* unit;
    double level;
    double per_s;
    const char* words;
  };
  constexpr double kBytesPerS = 64 * kKiB;
  const Leak leaks[] = {
      {metric::kMappings, "mappings", 200, 0.5, " more mappings per hour than it removes"},
      {metric::kZombies, "processes", 0, 0.1,
       " more zombies per hour, children that it does not wait for"},
      {metric::kDeletedFiles, "bytes", 0, kBytesPerS, "3.75 MiB/min more of deleted files open"},
      {metric::kMemoryFiles, "bytes", 0, kBytesPerS,
       "fills files in memory (tmpfs, memfd) by 3.75"},
      {metric::kSysvShm, "bytes", 0, kBytesPerS, "makes 3.75 MiB/min more System V shared memory"},
  };
  for (const Leak& leak : leaks) {
    const Verdict verdict = Growing(leak.metric, leak.unit, leak.level, leak.per_s);
    INFO(leak.metric << ": " << verdict.summary);
    CHECK(verdict.exit_code == ExitCode::kGrowth);
    CHECK(Has(verdict.summary, leak.words));
    CHECK_FALSE(SeriesOf(verdict, leak.metric).is_informational);
    CHECK(SeriesOf(verdict, leak.metric).slope_per_hour == Approx(3600 * leak.per_s).epsilon(0.02));
    // And none when it does not grow.
    CHECK(Growing(leak.metric, leak.unit, 10 * kMiB, 0).exit_code == ExitCode::kPass);
  }
}

TEST_CASE("a mapping or two with a few threads are no leak") {
  const Verdict verdict = Growing(metric::kMappings, "mappings", 200, 15.0 / kLength_s);
  CHECK(verdict.exit_code == ExitCode::kPass);
}

TEST_CASE("mappings have the limit of the kernel") {
  model::RunData data = Healthy();
  AddLooks(data);
  Add(data, metric::kMappings, "mappings", [](double t_s) { return 100 + std::floor(10 * t_s); });
  AddSeries(data, metric::kLimitMappings, "mappings", {{0, 65530}});
  const Verdict verdict = Analyze(data);
  REQUIRE(verdict.forecasts.size() == 1);
  CHECK(verdict.forecasts[0].hours == Approx((65530.0 - 6100) / 36000).epsilon(0.02));
  CHECK(Has(verdict.summary,
            "the limit of 65,530 mappings (vm.max_map_count) is reached in roughly 1."));
}

TEST_CASE("what grows beside memory, or beside another resource, is a warning too") {
  model::RunData data = Healthy();
  AddLooks(data);
  AddRise(data, metric::kThreads, 0.2);
  Add(data, metric::kMappings, "mappings", [](double t_s) { return 50 + std::floor(0.4 * t_s); });
  const Verdict verdict = Analyze(data);
  INFO(verdict.summary);
  CHECK(Has(verdict.summary, "starts 7"));
  CHECK_FALSE(Warns(verdict, "starts "));
  CHECK(Warns(verdict, "service (pid 4711) also makes 1,4"));
}

TEST_CASE("counters are judged by their rate, and rates are no finding") {
  model::RunData data = Healthy();
  // Ever faster: the rate grows, from 10 to 1000 faults a second.
  Add(data, metric::kMajorFaults, "faults",
      [](double t_s) { return 10 * t_s + 990 / kLength_s * t_s * t_s / 2; });
  AddLooks(data);
  Add(data, metric::kCpuSeconds, "seconds", [](double t_s) { return 5 + 0.5 * t_s; });
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kPass);
  const model::SeriesVerdict& major = SeriesOf(verdict, metric::kMajorFaults);
  CHECK(major.growth_class == GrowthClass::kGrowth);
  CHECK(major.is_informational);
  CHECK(major.unit == "faults/s");
  CHECK(major.slope_per_hour == Approx(990 / kLength_s * 3600).epsilon(0.05));
  const model::SeriesVerdict& cpu = SeriesOf(verdict, metric::kCpuSeconds);
  CHECK(cpu.growth_class == GrowthClass::kStable);
  CHECK(cpu.unit == "cores");
  CHECK(cpu.level == Approx(0.5));
  CHECK(SeriesOf(verdict, metric::kMinorFaults).level == Approx(3));
}

TEST_CASE("memory of the group and /dev/shm are informational, high pressure is a warning") {
  model::RunData data = Healthy();
  for (const char* name : {metric::kGroupMemory, metric::kGroupShmem, metric::kDevShm}) {
    Add(data, name, "bytes", [](double t_s) { return 100 * kMiB + 256 * kKiB * t_s; });
  }
  Add(data, metric::kPsiMemorySomeSeconds, "seconds", [](double t_s) { return 7 + 0.2 * t_s; });
  Add(data, metric::kPsiIoSomeSeconds, "seconds", [](double t_s) { return 0.01 * t_s; });
  const Verdict verdict = Analyze(data);
  CHECK(verdict.exit_code == ExitCode::kPass);
  CHECK(SeriesOf(verdict, metric::kGroupMemory).growth_class == GrowthClass::kGrowth);
  CHECK(SeriesOf(verdict, metric::kGroupMemory).is_informational);
  CHECK(Warns(verdict, "waited 20 % of the time for memory"));
  CHECK_FALSE(Warns(verdict, "for storage"));
}

TEST_CASE("numbers of sentences are grouped by thousands") {
  CHECK(analysis::Count(1.26) == "1.3");
  CHECK(analysis::Count(120) == "120");
  CHECK(analysis::Count(1200) == "1,200");
  CHECK(analysis::Count(-1234567) == "-1,234,567");
  CHECK(analysis::Count(-123) == "-123");
}
