// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/resource_watch.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>
#include <set>
#include <string>

#include "agent/watch/surroundings.h"
#include "storage/model/series.h"

using namespace seep;
using agent::Pace;
using agent::ResourceWatch;
namespace metric = model::metric;

namespace {

using Measurements = std::vector<model::Measurement>;

std::optional<double> Find(const Measurements& measurements, const std::string& name) {
  for (const model::Measurement& measurement : measurements) {
    if (measurement.metric == name) return measurement.value;
  }
  return std::nullopt;
}

Measurements Look(ResourceWatch& watch, double t_s,
                  std::optional<uint64_t> mappings = std::nullopt) {
  Measurements measurements;
  watch.Measure(t_s, *proc::ReadSample(getpid()), mappings, &measurements);
  return measurements;
}

constexpr double kFar_s = 1000;  // longer than any look of these tests makes the next one wait

}  // namespace

TEST_CASE("a look comes no sooner than so many times what the quicker of the last two took") {
  Pace pace(1000);
  CHECK(pace.IsDue(0));
  pace.Looked(10, 0.02);  // the first may be a busy moment: 1 % of the time, no more
  CHECK_FALSE(pace.IsDue(11.9));
  CHECK(pace.IsDue(12.1));
  pace.Looked(20, 0.03);
  CHECK_FALSE(pace.IsDue(39.9));
  CHECK(pace.IsDue(40.1));
  pace.Looked(50, 0.001);
  CHECK_FALSE(pace.IsDue(50.9));
  CHECK(pace.IsDue(51.1));
}

TEST_CASE("not even a single look takes more than one percent of the time to the next") {
  Pace pace(1000);
  pace.Looked(0, 0.001);
  pace.Looked(1, 2);
  CHECK_FALSE(pace.IsDue(200));
  CHECK(pace.IsDue(201.1));
}

TEST_CASE("looks of any cost take at most their share of the time") {
  constexpr double kRest = 100;
  Pace pace(kRest);
  double spent_s = 0;
  for (double t_s = 0; t_s < 1000; t_s += 0.25) {
    if (!pace.IsDue(t_s)) continue;
    constexpr double kLook_s = 0.05;
    spent_s += kLook_s;
    pace.Looked(t_s, kLook_s);
  }
  CHECK(spent_s <= 1000 / kRest + 0.1);
  CHECK(spent_s > 0.8 * 1000 / kRest);
}

TEST_CASE("what a process never had is not written, what it had is written until the end") {
  ResourceWatch watch(getpid());
  CHECK_FALSE(Find(Look(watch, 0), metric::kZombies));
  CHECK_FALSE(Find(Look(watch, kFar_s), metric::kFdsPipe).value_or(0) > 100);
  int pair[2];
  REQUIRE(pipe(pair) == 0);
  const double with = Find(Look(watch, 2 * kFar_s), metric::kFdsPipe).value_or(-1);
  close(pair[0]);
  close(pair[1]);
  CHECK(Find(Look(watch, 3 * kFar_s), metric::kFdsPipe) == with - 2);
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  CHECK(Find(Look(watch, 4 * kFar_s), metric::kZombies) == 1.0);
  waitpid(child, nullptr, 0);
  CHECK(Find(Look(watch, 5 * kFar_s), metric::kZombies) == 0.0);
}

TEST_CASE("a limit is written at first and when it changes") {
  ResourceWatch watch(getpid());
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(Find(Look(watch, 0), metric::kLimitFds) == static_cast<double>(limit.rlim_cur));
  CHECK_FALSE(Find(Look(watch, 1), metric::kLimitFds));
  const rlimit lower{limit.rlim_cur - 1, limit.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &lower) == 0);
  CHECK(Find(Look(watch, 2), metric::kLimitFds) == static_cast<double>(lower.rlim_cur));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

TEST_CASE("mappings that smaps has counted are not counted again") {
  ResourceWatch watch(getpid());
  CHECK(Find(Look(watch, 0, 4711), metric::kMappings) == 4711.0);
  const auto counted = Find(Look(watch, 1), metric::kMappings);
  REQUIRE(counted);
  CHECK(*counted > 10);
  CHECK(*counted < 4711);
}

TEST_CASE("a metric is written once a tick, and the surroundings once a group") {
  ResourceWatch watch(getpid());
  Measurements measurements = Look(watch, 0);
  agent::Surroundings surroundings;
  surroundings.Measure(getpid(), &measurements);
  std::set<std::string> names;
  for (const model::Measurement& measurement : measurements) {
    CHECK(names.insert(measurement.metric).second);
  }
  const size_t before = measurements.size();
  surroundings.Measure(getpid(), &measurements);
  CHECK(measurements.size() == before);
}
