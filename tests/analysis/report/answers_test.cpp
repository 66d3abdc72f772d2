// SPDX-License-Identifier: Apache-2.0
// Every kind of verdict answers its questions. A label that is missing fails, and so does one
// without an answer.
#include "analysis/report/answers.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "report_fixture.h"

using namespace seep;
using namespace seep::report;
using Labels = std::vector<std::string>;

namespace {

constexpr double kMiB = 1024 * 1024;

std::string Block(const Fixture& fixture) {
  std::string text;
  Labelled(text, AnswersOf(fixture.Input()));
  return text;
}

// The first word column of every line that starts an answer, in order.
Labels LabelsOf(const std::string& block) {
  constexpr size_t kContent = 20;
  Labels labels;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.size() <= kTextWidth);
    if (line.empty() || line[2] == ' ') continue;
    const std::string label = line.substr(2, kContent - 2);
    labels.push_back(label.substr(0, label.find_last_not_of(' ') + 1));
    INFO(line);
    CHECK(line.size() > kContent);
  }
  return labels;
}

const Labels kGrowthLabels{"What grew",  "How sure",   "How fast",
                           "Since when", "Where from", "What will happen"};

bool Says(const std::string& block, const std::string& words) {
  std::string joined;  // lines wrap anywhere
  std::istringstream stream(block);
  for (std::string word; stream >> word;) joined += (joined.empty() ? "" : " ") + word;
  INFO(joined);
  return joined.find(words) != std::string::npos;
}

// Nothing grows but, if named, one series.
Fixture Only(const std::string& metric, model::GrowthClass growth_class) {
  Fixture fixture = LeakingRun();
  fixture.verdict.stacks.clear();
  fixture.verdict.forecast.reset();
  for (model::SeriesVerdict& series : fixture.verdict.series) {
    series.is_finding = series.metric == metric;
    series.growth_class = series.is_finding ? growth_class : model::GrowthClass::kStable;
    if (series.is_finding) series.slope_per_hour = 720;
  }
  return fixture;
}

Fixture Passing(model::GrowthClass growth_class) {
  Fixture fixture = Only("", growth_class);
  fixture.verdict.growth_class = growth_class;
  fixture.verdict.exit_code = model::ExitCode::kPass;
  fixture.verdict.confidence = "medium";
  fixture.verdict.confidence_reason = "it rests on 9m48s of data and 60 heap snapshots";
  return fixture;
}

Fixture Inconclusive() {
  Fixture fixture = Only("", model::GrowthClass::kInsufficientData);
  fixture.verdict.growth_class = model::GrowthClass::kInsufficientData;
  fixture.verdict.exit_code = model::ExitCode::kInconclusive;
  return fixture;
}

}  // namespace

TEST_CASE("growth is answered in full") {
  const std::string block = Block(LeakingRun());
  CHECK(LabelsOf(block) == kGrowthLabels);
  CHECK(Says(block, "the live heap of service (pid 4711), from "));
  CHECK(Says(block, "resident memory of service (pid 4711), from "));
  CHECK(Says(block, "high: 2 stacks, the live heap and resident memory agree"));
  CHECK(Says(block, "resident memory: 98.0 MiB per hour; the data allow 94.0 MiB to 102 MiB"));
  CHECK(Says(block, "Since when the beginning"));
  CHECK(Says(block,
             "at src/session_table.cpp:88, called by main: 75 % of the growth, "
             "#1 below"));  // not std::
  CHECK(Says(block, "is reached in 4h36m, most likely between 4h24m and 4h48m"));
}

TEST_CASE("growth that began late says when, once") {
  Fixture fixture = LeakingRun();
  for (model::SeriesVerdict& series : fixture.verdict.series) series.since_s = 300;
  const std::string block = Block(fixture);
  CHECK(Says(block, "Since when 5m00s after watching began, at 2023-11-14T22:18:20Z Where from"));
}

TEST_CASE("growth without a limit says how much it will be") {
  Fixture fixture = LeakingRun();
  fixture.verdict.forecast.reset();
  CHECK(Says(Block(fixture), "at this rate 96.0 MiB more in an hour, 2.25 GiB more in a day"));
  for (model::SeriesVerdict& series : fixture.verdict.series) series.usable_s = 40 * 3600;
  CHECK(Says(Block(fixture), "at this rate 2.25 GiB more in a day, 15.8 GiB more in a week"));
  CHECK(Says(Block(fixture),
             "98.0 MiB per hour, 2.30 GiB per day; the data allow 94.0 MiB to 102 "
             "MiB per hour"));
}

TEST_CASE("growth of stacks alone, which the totals do not show, is answered in full") {
  Fixture fixture = LeakingRun();
  fixture.verdict.forecast.reset();
  for (model::SeriesVerdict& series : fixture.verdict.series) series.is_finding = false;
  const std::string block = Block(fixture);
  const Labels labels{"What grew", "How sure", "How fast", "Where from", "What will happen"};
  CHECK(LabelsOf(block) == labels);
  CHECK(Says(block, "what 2 of the stacks of service (pid 4711) keep"));
  CHECK(Says(block, "96.0 MiB per hour; at least 76.8 MiB"));
}

TEST_CASE("without the probe the parts of memory are named, and what is not known") {
  Fixture fixture = Only("rss_swap", model::GrowthClass::kGrowth);
  fixture.data.targets[0].probe = "static executable";
  const std::string block = Block(fixture);
  CHECK(LabelsOf(block) == kGrowthLabels);
  CHECK(Says(block,
             "Where from 98 % blocks in use; the place in the program is not known: without "
             "the probe (static executable)"));
}

TEST_CASE("parts of memory are told until they make most of it, the largest first") {
  Fixture fixture = Only("rss_swap", model::GrowthClass::kGrowth);
  fixture.verdict.attribution = {{model::part::kFileClean, 0, 0.49, 0, 0},
                                 {model::part::kHeap, 0, 1.04, 0, 0},
                                 {model::part::kAnonOther, 0, -0.53, 0, 0}};
  CHECK(
      Says(Block(fixture), "Where from 100 % heap (blocks in use, or kept by its allocator); no "));
}

TEST_CASE("a forecast without a width has none") {
  Fixture fixture = LeakingRun();
  fixture.verdict.forecast->low = fixture.verdict.forecast->high = fixture.verdict.forecast->hours;
  CHECK_FALSE(Says(Block(fixture), "most likely"));
}

TEST_CASE("another process that grows too is named") {
  Fixture fixture = LeakingRun();
  model::Target child = fixture.data.targets[0];
  child.id = model::TargetId{2};
  child.pid = 4712;
  fixture.data.targets.push_back(child);
  model::SeriesVerdict fds = fixture.verdict.series[2];
  fds.target = child.id;
  fds.is_finding = true;
  fixture.verdict.series.push_back(fds);
  CHECK(Says(Block(fixture), "also of service (pid 4712): open file descriptors"));
}

TEST_CASE("growing descriptors are answered in full, also in steps") {
  Fixture fixture = Only("fds", model::GrowthClass::kGrowth);
  CHECK(LabelsOf(Block(fixture)) == kGrowthLabels);
  CHECK(Says(Block(fixture), "720 file descriptors per hour"));
  CHECK(Says(Block(fixture), "ls -l /proc/4711/fd shows what they are"));
  CHECK(Says(Block(fixture), "at this rate 720 file descriptors more in an hour"));
  fixture = Only("fds", model::GrowthClass::kStaircase);
  CHECK(LabelsOf(Block(fixture)) == kGrowthLabels);
  CHECK(Says(Block(fixture), "open file descriptors of service (pid 4711), in steps"));
}

TEST_CASE("every resource that grows is answered in full, with its limit") {
  for (const char* metric :
       {"mappings", "zombies", "fds_tcp_close_wait", "memory_files", "sysv_shm", "deleted_files"}) {
    INFO(metric);
    Fixture fixture = Only("fds", model::GrowthClass::kGrowth);
    fixture.verdict.series[2].metric = metric;
    CHECK(LabelsOf(Block(fixture)) == kGrowthLabels);
    // In words, not by the name of the metric.
    const bool is_word = std::string(metric).find('_') == std::string::npos;
    CHECK(Says(Block(fixture), metric) == is_word);
  }
  Fixture fixture = Only("fds", model::GrowthClass::kGrowth);
  fixture.verdict.forecasts = {{"fds", "fds", 1024, "RLIMIT_NOFILE", 1.5, 1.4, 1.6, false}};
  CHECK(Says(Block(fixture),
             "the limit of 1024 file descriptors (RLIMIT_NOFILE) is reached in 1h30m"));
}

TEST_CASE("a ratchet is a pass that is answered as growth is") {
  Fixture fixture = Only("rss_swap", model::GrowthClass::kGrowth);
  fixture.verdict.growth_class = model::GrowthClass::kRatchet;
  fixture.verdict.exit_code = model::ExitCode::kPass;
  fixture.verdict.attribution = {{model::part::kAllocatorSlack, 98 * kMiB, 0.97, 0.9, 1}};
  Labels labels = kGrowthLabels;
  labels.emplace_back("Smallest seen");
  CHECK(LabelsOf(Block(fixture)) == labels);
  CHECK(Says(Block(fixture), "97 % kept by its allocator; freed by the program"));
}

TEST_CASE("a pass says how sure it is and what it would have found") {
  const std::string block = Block(Passing(model::GrowthClass::kStable));
  CHECK(LabelsOf(block) == Labels{"How sure", "Smallest seen", "What will happen"});
  CHECK(Says(block, "medium: it rests on 9m48s of data and 60 heap snapshots"));
  CHECK(Says(block,
             "a leak of 30.0 MiB/h at one place of the program, resident memory that rises by "
             "4.00 MiB/h, 12 open file descriptors per hour would have been found"));
  CHECK(Says(block, "it stays where it is"));
  Fixture fixture = Passing(model::GrowthClass::kWarmUp);
  fixture.verdict.series[0].growth_class = model::GrowthClass::kWarmUp;
  CHECK(Says(Block(fixture), "Since when level since 2m30s after watching began"));
}

TEST_CASE("an inconclusive verdict says what is missing and what to do") {
  const Labels labels{"What is missing", "What to do"};
  Fixture fixture = Inconclusive();
  fixture.data.targets[0].last_seen_s = 20;
  for (model::SeriesData& series : fixture.data.series) series.points.resize(5);
  CHECK(LabelsOf(Block(fixture)) == labels);
  CHECK(Says(Block(fixture), "there are 20s, 5 values (11 were due) and 5 snapshots"));
  CHECK(Says(Block(fixture), "--duration 90s"));

  fixture = Inconclusive();  // with a hole
  fixture.data.series[0].points.resize(200);
  CHECK(LabelsOf(Block(fixture)) == labels);
  CHECK(Says(Block(fixture), "neither seep nor the machine is stopped"));

  fixture = Inconclusive();
  fixture.data.series[1].points.resize(3);
  CHECK(Says(Block(fixture), "heap snapshots closer together (--snapshot 5s)"));

  fixture = Inconclusive();  // a ledger
  fixture.data.series.clear();
  CHECK(LabelsOf(Block(fixture)) == labels);
  CHECK(Says(Block(fixture), "one look shows what is in use"));

  fixture = Inconclusive();
  fixture.data.targets.clear();
  CHECK(LabelsOf(Block(fixture)) == labels);
  CHECK(Says(Block(fixture), "a process that lives"));
}
