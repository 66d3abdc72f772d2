// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/signal_frames.h"

#include "probes/preload/unwind/rare_step.h"
#include "probes/preload/unwind/unwind_table.h"

namespace seep::probe::unwind {

bool MayBeInSignalHandler(const Registers& here) {
  constexpr int kMaxSteps = 1000;  // an interpreter's stack is deep
  Position at{here, ReadableFrom(here.rsp), here.return_address, &here};
  for (int step = 0; step < kMaxSteps; ++step) {
    if (at.registers.return_address == 0) return false;
    const Rule rule = RuleOfCaller(at.registers.return_address);
    if (rule.kind() == RuleKind::kEnd) return false;
    if (rule.kind() == RuleKind::kSignal || !TakeRareStep(rule, &at)) return true;
  }
  return true;
}

}  // namespace seep::probe::unwind
