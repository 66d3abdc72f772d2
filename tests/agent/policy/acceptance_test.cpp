// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/acceptance.h"

#include <catch2/catch.hpp>

#include "agent/policy/policy_file.h"

using namespace seep;
using agent::Accepted;
using agent::AcceptGrowth;

namespace {

constexpr double kMiB = 1 << 20;
constexpr int64_t kNow_ns = 1'800'000'000'000'000'000;

struct Growing {
  model::Verdict verdict;
  analysis::StackFrames frames;

  void AddStack(int id, const std::string& function, double mib_per_hour) {
    model::StackVerdict stack;
    stack.stack = model::StackId{id};
    stack.target = model::TargetId{1};
    stack.growth_bytes_per_hour = mib_per_hour * kMiB;
    stack.ci_low = 0.9 * mib_per_hour * kMiB;
    verdict.stacks.push_back(stack);
    frames[stack.stack] = {{function, "", 0, "program", false}, {"main", "", 0, "program", false}};
  }
  void AddSeries(const std::string& metric, double per_hour) {
    model::SeriesVerdict series;
    series.target = model::TargetId{1};
    series.metric = metric;
    series.slope_per_hour = per_hour;
    series.ci_low = 0.9 * per_hour;
    series.ci_high = 1.1 * per_hour;
    series.is_finding = true;
    verdict.series.push_back(series);
  }
};

model::Suppression Common() {
  model::Suppression common;
  common.reason = "known";
  common.owner = "alice";
  common.expires_at_ns = kNow_ns + 86'400'000'000'000;
  return common;
}

std::vector<Accepted> Accept(const Growing& run, const model::Policy& policy = {}) {
  return AcceptGrowth(policy, Common(), run.frames, kNow_ns, run.verdict);
}

// What a policy file has of them.
model::Policy Written(const std::vector<Accepted>& accepted) {
  std::string text;
  for (const Accepted& one : accepted) text += agent::ToToml(one, "run 1 'r'");
  INFO(text);
  const auto policy = agent::ParsePolicy(text, "p.toml");
  if (!policy) FAIL(policy.error().front().message);
  return *policy;
}

}  // namespace

TEST_CASE("a stack is accepted with its upper bound and a quarter, its memory with it") {
  Growing run;
  run.AddStack(1, "Leak", 100);
  run.AddSeries("heap_live", 102 * kMiB);
  run.AddSeries("fds", 3600);
  const auto accepted = Accept(run);
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[0].comment == "100 MiB per hour: Leak, main");
  // (100 + 10) * 1.25, three digits.
  CHECK(*accepted[0].suppression.rate_per_hour == Approx(137.5 * kMiB).epsilon(0.01));
  CHECK(accepted[1].suppression.metric == "fds");
  CHECK(*accepted[1].suppression.rate_per_hour == Approx(4950));
}

TEST_CASE("memory that rises by more than its stacks is accepted beside them") {
  Growing run;
  run.AddStack(1, "Leak", 100);
  run.AddSeries("rss_swap", 200 * kMiB);
  const auto accepted = Accept(run);
  REQUIRE(accepted.size() == 2);
  CHECK(accepted[1].suppression.metric == "rss_swap");
}

TEST_CASE("what is written is read again as it was, and covers what it was made of") {
  Growing run;
  run.AddStack(1, "Leak", 100);
  run.AddStack(2, "Other", 0.0001);
  run.AddSeries("heap_live", 102 * kMiB);
  run.AddSeries("threads", 12.5);
  const auto accepted = Accept(run);
  const model::Policy policy = Written(accepted);
  REQUIRE(policy.suppressions.size() == 3);
  for (size_t i = 0; i < accepted.size(); ++i) {
    const model::Suppression& read = policy.suppressions[i];
    const model::Suppression& made = accepted[i].suppression;
    CHECK(read.fingerprint == made.fingerprint);
    CHECK(read.metric == made.metric);
    CHECK(read.owner == "alice");
    CHECK(*read.rate_per_hour >= *made.rate_per_hour);
    CHECK(read.expires_at_ns / 86'400'000'000'000 == made.expires_at_ns / 86'400'000'000'000);
  }
  CHECK(Accept(run, policy).empty());
}

TEST_CASE("the same fingerprint in two processes is written once, with the rate of both") {
  Growing run;
  run.AddStack(1, "Leak", 100);
  run.AddStack(2, "Leak", 100);
  const auto accepted = Accept(run);
  REQUIRE(accepted.size() == 1);
  CHECK(*accepted[0].suppression.rate_per_hour == Approx(275 * kMiB).epsilon(0.01));
}

TEST_CASE("hostile names break no file") {
  Growing run;
  run.AddStack(1, "a\"]\n[[suppression]]\x01\xff\\" + std::string(10'000, 'x'), 100);
  auto accepted = Accept(run);
  REQUIRE(accepted.size() == 1);
  accepted[0].suppression.reason = "it's \"known\" \\ \n yes\xff";
  accepted[0].suppression.owner = "\x7f";
  const model::Policy policy = Written(accepted);
  REQUIRE(policy.suppressions.size() == 1);
  CHECK(policy.suppressions[0].reason.starts_with("it's \"known\" \\ ? yes"));
}

TEST_CASE("of a stack without frames there is nothing to write") {
  Growing run;
  run.AddStack(1, "Leak", 100);
  run.frames.begin()->second.clear();
  CHECK(Accept(run).empty());
}
