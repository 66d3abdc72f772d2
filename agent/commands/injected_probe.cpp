// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/injected_probe.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "agent/console.h"
#include "agent/watch/elf_program.h"
#include "agent/watch/launcher.h"
#include "probes/attach/injector.h"
#include "probes/attach/preconditions.h"
#include "probes/proc/own_pid.h"
#include "probes/proc/process_sample.h"

namespace seep::agent {
namespace {

// The target works meanwhile, all but one thread at a time.
constexpr double kLimitSeconds = 10;

std::optional<LedgerFile> FindLedger(pid_t pid) {
  const auto directory = LedgerDirectory::OfProcess(pid);
  const auto identity = proc::ReadIdentity(pid);
  if (!directory || !identity) return std::nullopt;
  auto file = FindNewest(directory->List(), proc::ReadOwnPid(pid), identity->start_ticks);
  if (file && !file->failure_reason.empty()) return std::nullopt;
  return file;
}

}  // namespace

model::Status InjectProbe(pid_t pid, uint64_t interval_bytes) {
  auto library = FindProbe();
  if (!library) return std::unexpected(library.error());
  attach::InjectionPlan plan;
  plan.pid = pid;
  plan.library = *library;
  if (const char* chosen = std::getenv("SEEP_DIR"); chosen != nullptr) plan.directory = chosen;
  plan.runtime_directory = proc::ReadEnvironment(pid, "XDG_RUNTIME_DIR");
  plan.interval_bytes = interval_bytes;
  plan.limit_s = kLimitSeconds;
  const auto injection = attach::Inject(plan);
  if (!injection) {
    const auto identity = proc::ReadIdentity(pid);
    if (identity && !identity->is_zombie) return std::unexpected(injection.error());
    return model::Fail(model::Errc::kNotFound,
                       fmt::format("process {} ended while the probe was put in", pid));
  }
  Say(fmt::format(
      "process {}: the probe is in{}, {} calls redirected; one thread stood still for "
      "{:.1f} ms",
      pid, injection->was_loaded ? " again" : "", injection->slots, 1000 * injection->held_s));
  return {};
}

model::Status WithdrawProbe(pid_t pid) {
  // Known only as long as the process maps it.
  const auto ledger = FindLedger(pid);
  const auto withdrawn = attach::Withdraw(pid, kLimitSeconds);
  if (!withdrawn) return std::unexpected(withdrawn.error());
  if (ledger) unlink(ledger->path.c_str());
  Say(
      fmt::format("process {}: the probe is withdrawn, {} calls restored; one thread stood still "
                  "for {:.1f} ms",
                  pid, withdrawn->slots, 1000 * withdrawn->held_s));
  return {};
}

}  // namespace seep::agent
