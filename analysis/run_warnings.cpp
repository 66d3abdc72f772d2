// SPDX-License-Identifier: Apache-2.0
#include "analysis/run_warnings.h"

#include <utility>

#include "analysis/resource_words.h"
#include "analysis/summary.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

void WarnOfTarget(const model::RunData& data, const TargetFindings& findings, bool is_summarised,
                  std::vector<std::string>& warnings) {
  const std::string name = TargetName(*findings.target);
  // The summary has said the first already.
  const size_t said = is_summarised ? 1 : 0;
  for (size_t i = said; i < findings.resources.growing.size(); ++i) {
    warnings.push_back(name + (is_summarised ? " also " : " ") +
                       DescribeGrowth(findings.resources, findings.resources.growing[i]));
  }
  if (const std::string pressure = DescribePressure(data, findings.target->id); !pressure.empty()) {
    warnings.push_back(name + ": " + pressure);
  }
  if (!findings.has_probe) {
    warnings.push_back(name + ": no heap data (" +
                       (findings.target->probe.empty() ? "no probe" : findings.target->probe) +
                       "); judged by resident memory only");
  }
  if (findings.rss_is_ratchet) warnings.push_back(name + ": " + RatchetRemedy(findings));
  if (findings.rss_is_slack) {
    warnings.push_back(name + ": RSS grows by " +
                       model::FormatBytesPerHour(3600 * findings.rss_swap.slope_per_s) +
                       " while the live heap is flat: allocator slack or direct mappings");
  }
  if (findings.stacks_shift) {
    warnings.push_back(name + ": " + std::to_string(findings.stacks.growing.size()) +
                       " stacks grow while the live heap, or what is mapped, as a whole does not: "
                       "memory that moved");
  }
  if (findings.stacks.moved > 0) {
    warnings.push_back(name + ": " + std::to_string(findings.stacks.moved) +
                       " stacks grow by what others of the same caller lose: memory that moved");
  }
  const std::pair<const Trend*, const char*> counts[] = {{&findings.fds, "file descriptors"},
                                                         {&findings.threads, "threads"}};
  for (const auto& [trend, what] : counts) {
    if (trend->growth_class == GrowthClass::kInsufficientData && findings.shortage.empty()) {
      warnings.push_back(name + ": " + what + " not judged: " + trend->explanation);
    }
  }
}

}  // namespace

std::vector<std::string> RunWarnings(const model::RunData& data,
                                     const std::vector<TargetFindings>& all,
                                     const TargetFindings* main, const TargetFindings* growing) {
  const model::Run& run = data.run;
  std::vector<std::string> warnings;
  if (!run.is_finished) warnings.push_back("the run has no end: judged by what was recorded");
  if (main == nullptr) return warnings;
  if (main != &all.front()) {
    warnings.push_back(TargetName(*all.front().target) + " ended after " +
                       model::FormatDuration(Lived_s(all.front())) + "; " +
                       TargetName(*main->target) + " is judged in its place");
  }
  if (HasVanished(*main, run)) {
    warnings.push_back(TargetName(*main->target) + " vanished at " +
                       model::FormatDuration(main->life.end_s) + " of " +
                       model::FormatDuration(run.duration_s) + ": judged by the time before");
  }
  size_t ignored = 0;
  for (const TargetFindings& findings : all) {
    const bool is_judged = findings.shortage.empty();
    if (&findings != main && !is_judged) ++ignored;
    if (&findings == main || is_judged) {
      WarnOfTarget(data, findings, &findings == growing, warnings);
    }
  }
  if (ignored > 0) {
    warnings.push_back(std::to_string(ignored) + " of " + std::to_string(all.size()) +
                       " processes lived too short, or left too few data, to be judged");
  }
  return warnings;
}

}  // namespace seep::analysis
