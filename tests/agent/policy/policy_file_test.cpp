// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/policy_file.h"

#include <catch2/catch.hpp>

#include "agent/policy/policy_keys.h"
#include "agent/policy/policy_values.h"
#include "analysis/regression/feature_kinds.h"

using namespace seep;
using agent::ParsePolicy;

namespace {

constexpr int64_t kDay_ns = 86'400'000'000'000;

model::Policy Parse(const std::string& text) {
  const auto policy = ParsePolicy(text, "p.toml");
  if (!policy) FAIL(policy.error().front().message);
  return *policy;
}

// The only limit of a file.
model::PolicyLimit LimitOf(const std::string& text) {
  const model::Policy policy = Parse(text);
  REQUIRE(policy.limits.size() == 1);
  return policy.limits.front();
}

std::vector<std::string> Errors(const std::string& text) {
  const auto policy = ParsePolicy(text, "p.toml");
  std::vector<std::string> messages;
  if (policy) return messages;
  for (const model::Error& error : policy.error()) {
    CHECK(error.code == model::Errc::kInvalidArgument);
    CHECK(error.message.find('\n') == std::string::npos);
    messages.push_back(error.message);
  }
  return messages;
}

// The only mistake: where it is, and every word of it that matters.
void CheckError(const std::string& text, const std::string& place,
                const std::vector<std::string>& words) {
  const std::vector<std::string> errors = Errors(text);
  INFO(text);
  REQUIRE(errors.size() == 1);
  INFO(errors.front());
  CHECK(errors.front().starts_with("p.toml:" + place + ": "));
  for (const std::string& word : words) CHECK(errors.front().find(word) != std::string::npos);
}

const std::string kSuppression =
    "[[suppression]]\nfingerprint = \"0123456789abcdef\"\nreason = \"r\"\nowner = \"o\"\n"
    "expires = 2031-01-02\n";

}  // namespace

TEST_CASE("the example of the documentation is valid, and has every kind of rule") {
  const auto policy = agent::ReadPolicy(EXAMPLE_POLICY);
  if (!policy) FAIL(policy.error().front().message);
  CHECK(policy->limits.size() == 9 + 5 + 1 + 2);
  CHECK(policy->suppressions.size() == 2);
}

TEST_CASE("an empty file allows everything and tolerates nothing") {
  const model::Policy policy = Parse("# nothing yet\n");
  CHECK(policy.file == "p.toml");
  CHECK(policy.limits.empty());
  CHECK(policy.suppressions.empty());
}

TEST_CASE("limits by their names, in the units of their figures") {
  const model::PolicyLimit rss = LimitOf("\n[limits]\npeak_rss = \"2GiB\"\n");
  CHECK(rss.name == "peak_rss");
  CHECK(rss.line == 3);
  CHECK(rss.feature == "rss_swap.max");
  CHECK(rss.most == 2.0 * (1 << 30));
  CHECK(LimitOf("[limits]\np95 = \"250ms\"\n").most == 0.25);
  CHECK(LimitOf("[limits]\nerror_rate = \"1%\"\n").most == 0.01);
  CHECK(LimitOf("[limits]\ncpu = 1.5\n").most == 1.5);
  CHECK(LimitOf("[limits]\nfds = 500\n").feature == "fds.max");
  const model::PolicyLimit throughput = LimitOf("[limits]\nthroughput_min = 100\n");
  CHECK(throughput.least == 100.0);
  CHECK_FALSE(throughput.most);
}

TEST_CASE("relative limits are shares more, or where less is worse less") {
  CHECK(LimitOf("[relative]\nmemory_growth = \"10%\"\n").most_change == 0.1);
  const model::PolicyLimit time = LimitOf("[relative]\nresponse_time = \"2x\"\n");
  CHECK(time.most_change == 1.0);
  CHECK(time.feature == "latency.p95");
  CHECK(time.name == "relative.response_time");
  CHECK(LimitOf("[relative]\nthroughput_loss = \"10%\"\n").most_change == 0.1);
  CHECK(LimitOf("[relative]\nrecovery = \"60s\"\n").most == 60.0);
}

TEST_CASE("every name stands for a figure that there is") {
  for (const auto keys : {agent::LimitKeys(), agent::RelativeKeys()}) {
    for (const agent::LimitKey& key : keys) {
      INFO(key.name);
      CHECK(analysis::FindFeature(key.feature) != nullptr);
    }
  }
}

TEST_CASE("any figure, and stacks") {
  const model::PolicyLimit limit = LimitOf(
      "[[limit]]\nname = \"n\"\nfeature = \"rss_swap.warm_up\"\nmost = \"1MiB\"\n"
      "most_change = \"5%\"\n");
  CHECK(limit.name == "n");
  CHECK(limit.most == 1.0 * (1 << 20));
  CHECK(limit.most_change == 0.05);
  const model::Policy stacks =
      Parse("[[stack]]\nfunction = \"^a\"\nlive = \"1MiB\"\ngrowth_per_hour = \"2MiB\"\n");
  REQUIRE(stacks.limits.size() == 2);
  CHECK(stacks.limits[0].feature == model::kStackGrowth);
  CHECK(stacks.limits[0].most == 2.0 * (1 << 20));
  CHECK(stacks.limits[0].name == "stack ^a, growth_per_hour");
  CHECK(stacks.limits[1].feature == model::kStackLive);
  CHECK(stacks.limits[1].function == "^a");
}

TEST_CASE("suppressions have a reason, an owner and an end") {
  const model::Policy policy = Parse(kSuppression + "rate_per_hour = \"3MiB\"\n");
  REQUIRE(policy.suppressions.size() == 1);
  const model::Suppression& one = policy.suppressions.front();
  CHECK(one.line == 1);
  CHECK(one.fingerprint == "0123456789abcdef");
  CHECK(one.reason == "r");
  CHECK(one.owner == "o");
  CHECK(one.expires_at_ns == 22'281 * kDay_ns);  // date -u -d 2031-01-02 +%s, by a day
  CHECK(one.rate_per_hour == 3.0 * (1 << 20));
}

TEST_CASE("each mistake has its place, what is allowed and the remedy") {
  CheckError("[limits]\np95 = 250\n", "2:7", {"limits.p95", "duration in quotes", "\"250ms\""});
  CheckError("[limits]\np95 = \"fast\"\n", "2:7", {"limits.p95", "'fast'", "90s"});
  CheckError("[limits]\npeak_rss = 100\n", "2:12", {"limits.peak_rss", "\"2GiB\""});
  CheckError("[limits]\nfds = \"500\"\n", "2:7", {"limits.fds", "number without quotes"});
  CheckError("[limits]\nfds = -1\n", "2:7", {"limits.fds", "0 or more"});
  CheckError("[limits]\nfds = nan\n", "2:7", {"limits.fds", "0 or more"});
  CheckError("[limits]\nerror_rate = \"101%\"\n", "2:14", {"error_rate", "0 to 100 percent"});
  CheckError("[limits]\npeak_rs = \"2GiB\"\n", "2:1",
             {"limits.peak_rs", "unknown key", "is 'peak_rss' meant?", "throughput_min"});
  CheckError("[limit]\nx = 1\n", "1:1", {"limit", "[[limit]]"});
  CheckError("[[limits]]\nfds = 1\n", "1:1", {"limits", "[limits]"});
  CheckError("[surpression]\n", "1:2", {"surpression", "is 'suppression' meant?"});
  CheckError("[relative]\nmemory_growth = 10\n", "2:17", {"memory_growth", "\"10%\" or \"2x\""});
  CheckError("[relative]\nmemory_growth = \"0.5x\"\n", "2:17", {"memory_growth"});
  CheckError("[relative]\nthroughput_loss = \"2x\"\n", "2:19", {"throughput_loss", "\"10%\""});
  CheckError("[[limit]]\nfeature = \"rss_swap.peek\"\nmost = \"1MiB\"\n", "2:11",
             {"limit.feature", "'rss_swap.peek'", "is 'rss_swap.peak' meant?"});
  CheckError("[[limit]]\nfeature = \"rss_swap.peak\"\n", "1:1", {"most, least, most_change"});
  CheckError("[[limit]]\nmost = 3\n", "1:1", {"'feature' is missing"});
  CheckError("[[stack]]\nlive = \"1MiB\"\n", "1:1", {"'fingerprint' or 'function'"});
  CheckError("[[stack]]\nfunction = \"a\"\n", "1:1", {"growth_per_hour, live"});
  CheckError("[[stack]]\nfunction = \"(\"\nlive = \"1MiB\"\n", "2:12",
             {"stack.function", "regular expression"});
  CheckError("[[stack]]\nfingerprint = \"xyz\"\nlive = \"1MiB\"\n", "2:15",
             {"stack.fingerprint", "16 hexadecimal digits"});
}

TEST_CASE("mistakes in suppressions") {
  CheckError("[[suppression]]\nmetric = \"fds\"\nowner = \"o\"\nexpires = 2031-01-02\n", "1:1",
             {"'reason' is missing"});
  CheckError("[[suppression]]\nmetric = \"fds\"\nreason = \"r\"\nexpires = 2031-01-02\n", "1:1",
             {"'owner' is missing"});
  CheckError("[[suppression]]\nmetric = \"fds\"\nreason = \"r\"\nowner = \"o\"\n", "1:1",
             {"'expires' is missing", "2026-12-31"});
  CheckError("[[suppression]]\nreason = \"r\"\nowner = \"o\"\nexpires = 2031-01-02\n", "1:1",
             {"'fingerprint' or 'metric'"});
  CheckError(
      "[[suppression]]\nmetric = \"fsd\"\nreason = \"r\"\nowner = \"o\"\n"
      "expires = 2031-01-02\n",
      "2:10", {"suppression.metric", "'fsd'", "is 'fds' meant?"});
  CheckError(
      "[[suppression]]\nmetric = \"fds\"\nreason = \"\"\nowner = \"o\"\n"
      "expires = 2031-01-02\n",
      "3:10", {"suppression.reason", "not an empty one"});
  CheckError(
      "[[suppression]]\nmetric = \"fds\"\nreason = \"r\"\nowner = \"o\"\n"
      "expires = \"2031-01-02\"\n",
      "5:11", {"suppression.expires", "without quotes"});
  CheckError(
      "[[suppression]]\nmetric = \"fds\"\nreason = \"r\"\nowner = \"o\"\n"
      "expires = 2031-01-02\nrate_per_hour = \"1MiB\"\n",
      "6:17", {"suppression.rate_per_hour", "number"});
  CheckError(
      "[[suppression]]\nmetric = \"rss_swap.level\"\nreason = \"r\"\nowner = \"o\"\n"
      "expires = 2031-01-02\nrate_per_hour = 1\n",
      "6:17", {"suppression.rate_per_hour", "the part before the point"});
  CheckError(kSuppression + kSuppression, "6:1", {"0123456789abcdef", "line 1"});
  CheckError(kSuppression + "ticket = 3\n", "6:1", {"suppression.ticket", "unknown key"});
}

TEST_CASE("all mistakes are said at once, in their order in the file") {
  const auto errors = Errors("[relative]\nfoo = 1\n[limits]\np95 = 1\nbar = 2\n[[stack]]\n");
  REQUIRE(errors.size() == 5);
  CHECK(errors[0].starts_with("p.toml:2:1: relative.foo"));
  CHECK(errors[1].starts_with("p.toml:4:7: limits.p95"));
  CHECK(errors[2].starts_with("p.toml:5:1: limits.bar"));
  CHECK(errors[3].starts_with("p.toml:6:1: stack"));
  CHECK(errors[4].starts_with("p.toml:6:1: stack"));
}

TEST_CASE("what is no TOML is said with its place") {
  CheckError("[limits]\npeak_rss = \n", "2:12", {});
  CheckError("[limits]\nfds = 1\nfds = 2\n", "3:7", {"fds"});
  CheckError(std::string("a = \"\x80\"\n"), "1:5", {});
}

TEST_CASE("a file that cannot be read is a mistake of the user's, not a pass") {
  for (const char* path : {"/nowhere/policy.toml", "/tmp"}) {
    const auto policy = agent::ReadPolicy(path);
    REQUIRE_FALSE(policy);
    CHECK(policy.error().front().code == model::Errc::kInvalidArgument);
    CHECK(policy.error().front().message.starts_with(std::string("policy ") + path + ": "));
  }
}

TEST_CASE("the end of a suppression is a day to come, or a time from now") {
  constexpr int64_t kNow_ns = 20'000 * kDay_ns + 5;
  CHECK(agent::ParseEnd("2031-01-02", kNow_ns) == 22'281 * kDay_ns);
  CHECK(agent::ParseEnd("90d", kNow_ns) == 20'090 * kDay_ns);
  CHECK(agent::ParseEnd("1h", kNow_ns) == 20'001 * kDay_ns);
  for (const char* text : {"2020-01-01", "2031-02-30", "2031-01-02x", "soon", "", "90000000d"}) {
    INFO(text);
    CHECK_FALSE(agent::ParseEnd(text, kNow_ns));
  }
}
