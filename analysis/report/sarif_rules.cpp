// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/sarif_rules.h"

namespace seep::report {
namespace {

constexpr Rule kRules[] = {
    {"growth", "Growth", "It grows and does not stop",
     "Memory, or another resource, rises significantly and persistently after warm-up, and no "
     "load, "
     "cycle or cache explains it. Look at the call stack: what is allocated there and who should "
     "free it? Known growth is suppressed in the policy, with an owner and an end."},
    {"staircase", "Staircase", "It grows in steps",
     "It rises in steps that never come back, as tables that double or batches that are kept. Look "
     "for what is added in each step and never removed."},
    {"rising-starts", "RisingStarts", "Each start of the process begins with more than the last",
     "What a restarted process begins with becomes more from one life to the next: the growth is "
     "in "
     "what outlives it, such as files, shared memory or a database."},
    {"drift", "Drift", "Answers become slower, fewer or wrong under the same load",
     "Latency, throughput or the error rate changes steadily while the load does not. Often it "
     "follows growth: longer lists, fuller tables, more garbage."},
    {"metric-regression", "MetricRegression", "A figure is worse than in the baseline",
     "A figure of this run is worse than those of the baseline's runs, by more than what runs of "
     "one build differ by and by more than its floor. If it is meant to be so, set a new "
     "baseline."},
    {"new-stack", "NewStack", "A call stack allocates that the baseline does not have",
     "Significant allocations come from a call stack that no run of the baseline has, and that are "
     "not what another stack lost. If it is meant to be so, set a new baseline."},
    {"grown-stack", "GrownStack", "A call stack allocates more than in the baseline",
     "This call stack allocates significantly more per request, or per hour, than in the baseline. "
     "If it is meant to be so, set a new baseline."},
    {"limit", "Limit", "A limit of the policy is broken, or could not be judged",
     "The policy file sets this limit. A limit on what was not measured is never held: measure it, "
     "or take the limit away."},
    {"suppression", "Suppression", "A suppression of the policy has expired or is outgrown",
     "What was suppressed grows faster than when it was accepted, or the time that was given to "
     "mend it is over. Mend it, or renew the suppression with a reason."},
    {"comparison", "Comparison", "The run could not be compared with its baseline",
     "No such baseline, no runs in it, or runs that are not comparable. Nothing is known of "
     "regressions: this is never a pass."},
    {"insufficient-data", "InsufficientData", "Too little data to judge",
     "The run was too short, or too little was measured: no growth was found, and none was ruled "
     "out. Run it for longer, or under load; the report says what is missing."},
};

}  // namespace

std::span<const Rule> Rules() {
  return kRules;
}

size_t IndexOfRule(std::string_view id) {
  size_t index = 0;
  while (index + 1 < std::size(kRules) && kRules[index].id != id) ++index;
  return index;
}

}  // namespace seep::report
