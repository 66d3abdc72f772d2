// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/suppressions.h"

#include <catch2/catch.hpp>

#include "analysis/policy/stack_identity.h"
#include "policy_fixture.h"

using namespace seep;
using namespace seep::analysis;
using model::ExitCode;
using model::SuppressionState;

namespace {

SuppressionState StateOf(const LeakingRun& run) {
  return run.verdict.policy->suppressions.at(0).state;
}

model::Policy Suppressing(std::vector<model::Suppression> suppressions) {
  return {.file = "p.toml", .limits = {}, .suppressions = std::move(suppressions)};
}

}  // namespace

TEST_CASE("a known leak passes, with what rises because of it, and keeps its class") {
  LeakingRun run = MakeLeakingRun();
  run.Apply(Suppressing({OfStack(run.Fingerprint("Leak"))}));
  CHECK(StateOf(run) == SuppressionState::kUsed);
  CHECK(run.verdict.exit_code == ExitCode::kPass);
  CHECK(run.verdict.growth_class == model::GrowthClass::kGrowth);
  CHECK(run.verdict.stacks.at(0).suppressed_by == 0u);
  for (const model::SeriesVerdict& series : run.verdict.series) CHECK(series.suppressed_by == 0u);
  CHECK(run.verdict.summary.find("known and suppressed") != std::string::npos);
}

TEST_CASE("another leak beside a known one fails, also one too small for the list") {
  LeakingRun run = MakeLeakingRun();
  const bool is_small = GENERATE(false, true);
  run.AddStack(2, "Other", 5);
  if (is_small) {
    run.verdict.small_stacks.push_back(run.verdict.stacks.back());
    run.verdict.stacks.pop_back();
  }
  run.Apply(Suppressing({OfStack(run.Fingerprint("Leak"))}));
  CHECK(run.verdict.exit_code == ExitCode::kGrowth);
  // It comes first.
  REQUIRE(run.verdict.stacks.size() == 2);
  CHECK(run.verdict.stacks[0].stack == model::StackId{2});
  CHECK(run.verdict.small_stacks.empty());
  CHECK(run.verdict.summary.find("Growth: 1 stack that keeps 5.00 MiB/h more than it frees.") !=
        std::string::npos);
  CHECK(run.verdict.summary.find("Suppressed: 1 stack") != std::string::npos);
}

TEST_CASE("a suppressed stack that surely grows faster than its rate fails") {
  LeakingRun run = MakeLeakingRun();
  model::Suppression suppression = OfStack(run.Fingerprint("Leak"));
  SECTION("its lower bound is above the rate") {
    suppression.rate_per_hour = 89 * kMiB;
    run.Apply(Suppressing({suppression}));
    CHECK(StateOf(run) == SuppressionState::kOutgrown);
    CHECK(run.verdict.exit_code == ExitCode::kGrowth);
    CHECK_FALSE(run.verdict.stacks.at(0).suppressed_by);
    CHECK(run.verdict.summary.ends_with(
        " p.toml:3: grows by 100 MiB per hour, at least 90.0 MiB per hour: faster than the 89.0 "
        "MiB per hour that were accepted."));
  }
  SECTION("within its error it may be slower") {
    suppression.rate_per_hour = 91 * kMiB;
    run.Apply(Suppressing({suppression}));
    CHECK(StateOf(run) == SuppressionState::kUsed);
    CHECK(run.verdict.exit_code == ExitCode::kPass);
  }
  CHECK(run.verdict.policy->suppressions[0].rate_per_hour == 100 * kMiB);
}

TEST_CASE("the same leak in several processes is held to the rate together") {
  LeakingRun run = MakeLeakingRun();
  run.AddStack(2, "Leak", 100).target = model::TargetId{2};
  model::Suppression suppression = OfStack(run.Fingerprint("Leak"));
  suppression.rate_per_hour = 170 * kMiB;
  run.Apply(Suppressing({suppression}));
  CHECK(StateOf(run) == SuppressionState::kOutgrown);
}

TEST_CASE("an expired suppression covers nothing, and without its growth nothing can be said") {
  LeakingRun run = GENERATE(MakeLeakingRun(), MakeHealthyRun());
  const bool grows = run.verdict.exit_code == ExitCode::kGrowth;
  model::Suppression suppression = OfStack(grows ? run.Fingerprint("Leak") : "0123456789abcdef");
  suppression.expires_at_ns = kNow_ns;
  run.Apply(Suppressing({suppression}));
  CHECK(StateOf(run) == SuppressionState::kExpired);
  CHECK(run.verdict.exit_code == (grows ? ExitCode::kGrowth : ExitCode::kInconclusive));
}

TEST_CASE("a suppression of a metric covers that metric only") {
  LeakingRun run = MakeHealthyRun();
  run.verdict.exit_code = ExitCode::kGrowth;
  run.AddSeries("fds", 3600);
  run.AddSeries("threads", 10);
  SECTION("one of two") {
    run.Apply(Suppressing({OfMetric("fds")}));
    CHECK(run.verdict.exit_code == ExitCode::kGrowth);
    CHECK(run.verdict.summary == "Growth: threads. Suppressed: open file descriptors.");
  }
  SECTION("both") {
    run.Apply(Suppressing({OfMetric("fds"), OfMetric("threads")}));
    CHECK(run.verdict.exit_code == ExitCode::kPass);
  }
  SECTION("at a rate that it exceeds") {
    model::Suppression fds = OfMetric("fds");
    fds.rate_per_hour = 3000;
    run.Apply(Suppressing({fds, OfMetric("threads")}));
    CHECK(StateOf(run) == SuppressionState::kOutgrown);
    CHECK(run.verdict.exit_code == ExitCode::kGrowth);
  }
}

TEST_CASE("starts of a service that begin with more are covered by their metric") {
  LeakingRun run = MakeHealthyRun();
  run.verdict.exit_code = ExitCode::kGrowth;
  model::LineageVerdict lineage;
  lineage.starts.push_back({"rss_swap", "bytes", 10 * kMiB, 5 * kMiB, 6, true, {}});
  run.verdict.lineages.push_back(lineage);
  const char* metric = GENERATE("rss_swap", "heap_live");
  run.Apply(Suppressing({OfMetric(metric)}));
  CHECK(run.verdict.exit_code ==
        (std::string(metric) == "rss_swap" ? ExitCode::kPass : ExitCode::kGrowth));
}

TEST_CASE("what names nothing is unused, and harmless") {
  LeakingRun run = MakeHealthyRun();
  run.Apply(Suppressing({OfStack("0123456789abcdef"), OfMetric("fds")}));
  CHECK(StateOf(run) == SuppressionState::kUnused);
  CHECK(run.verdict.exit_code == ExitCode::kPass);
  CHECK(run.verdict.summary == "No growth.");
}

TEST_CASE("what several stacks have in common is covered, whichever of them grows most") {
  LeakingRun run = MakeHealthyRun();
  run.verdict.exit_code = ExitCode::kGrowth;
  const auto level = GENERATE(model::StackLevel::kSite, model::StackLevel::kFunction);
  const model::SourceFrame leak{"Leak", "", 0, "program", false};
  const model::SourceFrame caller{"Caller", "", 0, "program", false};
  const model::SourceFrame handler{"Handle", "", 0, "program", false};
  const auto path = [&](const char* outermost) {
    return std::vector<model::SourceFrame>{
        leak, caller, handler, {outermost, "", 0, "program", false}};
  };
  model::StackVerdict accepted;
  accepted.level = level;
  const std::string fingerprint = FingerprintOf(accepted, path("OnPut"));
  run.AddStack(1, "Leak", 100);
  run.frames[model::StackId{1}] = path("OnGet");
  run.Apply(Suppressing({OfStack(fingerprint)}));
  CHECK(run.verdict.exit_code == ExitCode::kPass);
}

TEST_CASE("another path to the same function is another stack") {
  const model::SourceFrame leak{"Leak", "", 0, "program", false};
  const model::SourceFrame a{"A", "", 0, "program", false};
  const model::SourceFrame b{"B", "", 0, "program", false};
  CHECK_FALSE(HasFingerprint({leak, a}, FingerprintOf({}, {leak, b})));
  CHECK(HasFingerprint({leak, a}, FingerprintOf({}, {leak, a})));
  CHECK_FALSE(HasFingerprint({}, FingerprintOf({}, {})));
}
