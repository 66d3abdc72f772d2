// SPDX-License-Identifier: Apache-2.0
// seep policy --check, and how the other commands take a policy.
#include <fmt/format.h>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/load_policy.h"
#include "agent/commands/print.h"
#include "agent/console.h"
#include "agent/policy/policy_file.h"
#include "agent/watch/clock.h"
#include "storage/model/units.h"

namespace seep::agent {

model::Result<std::optional<model::Policy>> LoadPolicy(const std::string& path) {
  if (path.empty()) return std::nullopt;
  auto policy = ReadPolicy(path);
  if (policy) return std::move(*policy);
  for (size_t i = 0; i + 1 < policy.error().size(); ++i) {
    Say(policy.error()[i].message, Severity::kError);
  }
  return std::unexpected(policy.error().back());
}

int PolicyCommand(const std::string& file) {
  const auto policy = LoadPolicy(file);
  if (!policy) return Fail(policy.error());
  const int64_t now_ns = NowNanoseconds(CLOCK_REALTIME);
  bool has_expired = false;
  for (const model::Suppression& suppression : (*policy)->suppressions) {
    if (suppression.expires_at_ns > now_ns) continue;
    has_expired = true;
    Say(fmt::format("{}:{}: the suppression of {} expired on {}: no gate passes with it; mend what "
                    "it covers, or have its owner ({}) give it a new date",
                    file, suppression.line, suppression.fingerprint + suppression.metric,
                    model::FormatTimestamp(suppression.expires_at_ns).substr(0, 10),
                    suppression.owner),
        Severity::kWarning);
  }
  Print(fmt::format("{}: {} limits, {} suppressions\n", file, (*policy)->limits.size(),
                    (*policy)->suppressions.size()));
  return ToInt(has_expired ? model::ExitCode::kInconclusive : model::ExitCode::kPass);
}

}  // namespace seep::agent
