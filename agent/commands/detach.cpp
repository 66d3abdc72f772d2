// SPDX-License-Identifier: Apache-2.0
// seep detach: takes out what seep attach has put in. A seep that still watches sees the end of the
// heap data and goes on with /proc.
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/injected_probe.h"

namespace seep::agent {

int DetachCommand(int pid) {
  const auto withdrawn = WithdrawProbe(pid);
  return withdrawn ? ToInt(model::ExitCode::kPass) : Fail(withdrawn.error());
}

}  // namespace seep::agent
