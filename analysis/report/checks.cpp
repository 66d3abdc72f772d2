// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/checks.h"

#include <map>

#include "analysis/report/checks_parts.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/where_from.h"

namespace seep::report {
namespace {

Check OfVerdict(const model::Verdict& verdict) {
  Check check;
  check.rule = "insufficient-data";
  check.name = "verdict";
  check.message = verdict.summary;
  if (verdict.exit_code == model::ExitCode::kInconclusive) {
    check.outcome = CheckOutcome::kUndecided;
  } else if (verdict.exit_code != model::ExitCode::kPass) {
    check.outcome = CheckOutcome::kFailed;
    check.rule = "growth";
    if (verdict.exit_code == model::ExitCode::kRegression) check.rule = "metric-regression";
    if (verdict.exit_code == model::ExitCode::kLimit) check.rule = "limit";
  }
  return check;
}

}  // namespace

const model::Suppression* SuppressionAt(const model::Verdict& verdict,
                                        const std::optional<size_t>& index) {
  if (!index || !verdict.policy || *index >= verdict.policy->suppressions.size()) return nullptr;
  return &verdict.policy->suppressions[*index].suppression;
}

std::string StackName(const std::string& fingerprint,
                      const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kColumns = 120;
  const model::SourceFrame* own = OwnFrame(frames);
  return "stack " + fingerprint +
         (own != nullptr ? ", " + Shorten(OneLine(own->function), kColumns) : "");
}

std::string ServiceName(const ReportInput& input) {
  const model::Run& run = input.data.run;
  if (!run.command.empty()) {
    const std::string& program = run.command.front();
    return OneLine(program.substr(program.rfind('/') + 1));
  }
  if (!input.data.targets.empty()) return OneLine(model::ProgramName(input.data.targets.front()));
  return run.name.empty() ? "seep" : OneLine(run.name);
}

const char* VerdictWord(const model::Verdict& verdict) {
  switch (verdict.exit_code) {
    case model::ExitCode::kPass:
      return "pass";
    case model::ExitCode::kGrowth:
      return "growth";
    case model::ExitCode::kRegression:
      return "regression";
    case model::ExitCode::kInconclusive:
      return "inconclusive";
    case model::ExitCode::kLimit:
      return verdict.growth_class == model::GrowthClass::kDrift ? "drift" : "limit broken";
    case model::ExitCode::kFailed:
    case model::ExitCode::kUsage:
      break;
  }
  return "failed";
}

std::vector<Check> Checks(const ReportInput& input) {
  std::vector<Check> checks{OfVerdict(input.verdict)};
  AddGrowthChecks(input, checks);
  AddComparisonChecks(input, checks);
  AddPolicyChecks(input, checks);
  const model::ExitCode exit_code = input.verdict.exit_code;
  const bool is_pass = exit_code == model::ExitCode::kPass;
  constexpr size_t kMostColumns = 2000;  // a symbol may be longer than any reader's patience
  std::map<std::string, int> seen;
  for (Check& check : checks) {
    // What failed by something else did not wait for a series that is too short to judge.
    const bool is_beside = is_pass || (check.kind == CheckKind::kSeries &&
                                       exit_code != model::ExitCode::kInconclusive);
    if (is_beside && check.outcome == CheckOutcome::kUndecided) {
      check.outcome = CheckOutcome::kSkipped;
    }
    check.message = Shorten(OneLine(check.message), kMostColumns);
    check.name = Shorten(OneLine(check.name), kMostColumns / 10);
    const int count = ++seen[check.name];
    if (count > 1) check.name += " #" + std::to_string(count);
  }
  return checks;
}

}  // namespace seep::report
