// SPDX-License-Identifier: Apache-2.0
// seep baseline accept: what grows today becomes known, so that a gate blocks what is new.
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/judge.h"
#include "agent/console.h"
#include "agent/policy/acceptance.h"
#include "agent/policy/policy_file.h"
#include "agent/policy/policy_values.h"
#include "agent/watch/clock.h"
#include "analysis/gate.h"
#include "analysis/policy/apply.h"
#include "storage/files/replace_file.h"
#include "storage/model/units.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

constexpr char kHeader[] =
    "# What this gate allows, and what is known and tolerated for a time: docs/policy.md.\n";

std::string UserName() {
  const passwd* user = getpwuid(geteuid());
  return user != nullptr ? user->pw_name : fmt::format("user {}", geteuid());
}

// What the file has, and what it will have.
struct PolicyText {
  std::string text;
  model::Policy policy;
};

model::Result<PolicyText> Parse(std::string text, const std::string& path) {
  auto policy = ParsePolicy(text, path);
  if (policy) return PolicyText{std::move(text), std::move(*policy)};
  return std::unexpected(policy.error().front());
}

// A file that is not there yet is an empty one.
model::Result<PolicyText> ReadExisting(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Parse(kHeader, path);
  auto text = ReadPolicyText(path);
  if (!text) return std::unexpected(text.error());
  return Parse(std::move(*text), path);
}

// How the verdict is under the suppressions of a policy; its limits are another matter.
model::PolicyVerdict Apply(model::Policy policy, const Judgement& judgement, int64_t now_ns,
                           model::Verdict& verdict) {
  policy.limits.clear();
  model::PolicyVerdict result =
      analysis::ApplyPolicy(policy, {}, {}, judgement.frames, now_ns, verdict);
  verdict.policy = result;
  return result;
}

// A second suppression of the same growth would be a mistake: the first has to be changed.
model::Status RefuseStale(const model::PolicyVerdict& result) {
  for (const model::SuppressionResult& one : result.suppressions) {
    const bool is_stale = one.state == model::SuppressionState::kOutgrown ||
                          one.state == model::SuppressionState::kExpired;
    if (!is_stale || !(one.rate_per_hour > 0)) continue;
    return model::Fail(
        model::Errc::kInvalidArgument,
        fmt::format("{}:{}: the suppression of {} {}; change or remove it, then accept again",
                    result.file, one.suppression.line,
                    one.suppression.fingerprint + one.suppression.metric, one.explanation));
  }
  return {};
}

}  // namespace

int BaselineAcceptCommand(const AcceptOptions& options) {
  const int64_t now_ns = NowNanoseconds(CLOCK_REALTIME);
  const auto expires = ParseEnd(options.expires, now_ns);
  if (!expires)
    return Fail({model::Errc::kInvalidArgument, "--expires: " + expires.error().message});
  const auto existing = ReadExisting(options.policy);
  if (!existing) return Fail(existing.error());
  auto database = OpenForReport(options.database);
  if (!database) return Fail(database.error());
  const auto run = sqlite::FindRun(*database, options.run);
  if (!run) return Fail(run.error());
  const auto judgement = Judge(*database, run->id);
  if (!judgement) return Fail(judgement.error());
  if (judgement->verdict.exit_code != model::ExitCode::kGrowth) {
    Say("nothing to accept: " + judgement->verdict.summary);
    return ToInt(judgement->verdict.exit_code);
  }

  model::Verdict verdict = judgement->verdict;
  const model::PolicyVerdict known = Apply(existing->policy, *judgement, now_ns, verdict);
  if (auto stale = RefuseStale(known); !stale) return Fail(stale.error());
  const std::string origin = fmt::format("run {} '{}'", static_cast<int64_t>(run->id), run->name);
  model::Suppression common;
  common.reason =
      !options.reason.empty() ? options.reason : "known growth, accepted from " + origin;
  common.owner = !options.owner.empty() ? options.owner : UserName();
  common.expires_at_ns = *expires;
  const std::vector<Accepted> all =
      AcceptGrowth(existing->policy, common, judgement->frames, now_ns, judgement->verdict);
  std::string text = existing->text;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  for (const Accepted& accepted : all) text += ToToml(accepted, origin);

  // What is written lets this run pass, or it is not written.
  const auto result = Parse(text, options.policy);
  if (!result) return Fail(result.error());
  model::Verdict gated = judgement->verdict;
  Apply(result->policy, *judgement, now_ns, gated);
  analysis::Decide(gated);
  if (gated.exit_code == model::ExitCode::kGrowth) {
    return Fail({model::Errc::kUnsupported,
                 "growth of " + origin +
                     " that no suppression can name, nothing is written: " + gated.summary});
  }
  const std::string& output = options.output.empty() ? options.policy : options.output;
  if (all.empty() && options.output.empty()) {
    Say(fmt::format("{} covers all growth of {} already", output, origin));
    return ToInt(model::ExitCode::kPass);
  }
  if (auto written = files::Replace(output, text); !written) return Fail(written.error());
  Say(fmt::format("{}: {} suppressions for the growth of {}, until {}; see that their owners know",
                  output, all.size(), origin, model::FormatTimestamp(*expires).substr(0, 10)));
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
