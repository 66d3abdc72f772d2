// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/injector.h"

#include <unistd.h>

#include <algorithm>

#include "probes/attach/borrowed_thread.h"
#include "probes/attach/hook_slots.h"
#include "probes/attach/library_loader.h"
#include "probes/attach/preconditions.h"
#include "probes/attach/probe_calls.h"
#include "probes/attach/probe_exports.h"
#include "probes/attach/redirection.h"
#include "probes/ledger/attach_request.h"

namespace seep::attach {
namespace {

using ledger::AttachRequest;
using model::Errc;
using model::Fail;

std::string Process(pid_t pid) {
  return "process " + std::to_string(pid);
}

// ld.so at work is a matter of microseconds, a storm of dlopen one of luck.
model::Result<LoadedProgram> ReadProgram(const Memory& memory, double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  while (true) {
    auto program = LoadedProgram::Read(memory);
    const bool is_busy = !program && program.error().code == Errc::kBusy;
    if (!is_busy || NowSeconds() > deadline_s) return program;
  }
}

bool IsPreloaded(const LoadedProgram& program) {
  return program.probe() && program.libc() && *program.probe() < *program.libc();
}

template <size_t kCapacity>
model::Status CopyText(const std::string& from, char (&to)[kCapacity]) {
  if (from.size() >= kCapacity) {
    return Fail(Errc::kUnsupported, "ledger directory " + from + " has too long a name");
  }
  from.copy(to, from.size());
  return {};
}

model::Result<AttachRequest> MakeRequest(const InjectionPlan& plan) {
  AttachRequest request{};
  request.version = ledger::kAttachVersion;
  request.interval_bytes = plan.interval_bytes;
  request.run_token = plan.run_token;
  if (auto copied = CopyText(plan.directory, request.directory); !copied) {
    return std::unexpected(copied.error());
  }
  if (auto copied = CopyText(plan.runtime_directory, request.runtime_directory); !copied) {
    return std::unexpected(copied.error());
  }
  return request;
}

// What was loaded or bound while the slots were written. Not all of it in a storm of dlopen: a
// library that stays is found at the next tick.
void RedirectRest(const Memory& memory, LoadedProgram* program, Injection* injection) {
  constexpr int kRounds = 4;
  constexpr double kLimitSeconds = 0.5;
  for (int round = 0; round < kRounds; ++round) {
    const auto further = RedirectFurther(memory, program, kLimitSeconds);
    if (further && further->slots == 0) break;
    if (further) {
      injection->slots += further->slots;
      injection->held_s = std::max(injection->held_s, further->held_s);
    }
    usleep(useconds_t{1000} << round);
  }
}

// The probe's symbols: of the loaded library, else of the file that will be.
model::Result<Symbols> FindExports(const LoadedProgram& program, const std::string& path) {
  if (const auto probe = program.probe()) return program.symbols(*probe);
  return ReadExports(path);
}

}  // namespace

model::Result<ProbeState> FindProbe(pid_t pid) {
  constexpr double kLimitSeconds = 0.5;
  const auto program = ReadProgram(Memory(pid), kLimitSeconds);
  if (!program) return std::unexpected(program.error());
  if (!program->probe()) return ProbeState::kAbsent;
  return IsPreloaded(*program) ? ProbeState::kPreloaded : ProbeState::kInjected;
}

model::Result<Injection> Inject(const InjectionPlan& plan) {
  if (auto checked = CheckProcess(plan.pid); !checked) return std::unexpected(checked.error());
  const Memory memory(plan.pid);
  auto program = ReadProgram(memory, plan.limit_s);
  if (!program) return std::unexpected(program.error());
  if (auto checked = CheckProgram(plan.pid, *program); !checked) {
    return std::unexpected(checked.error());
  }
  if (IsPreloaded(*program)) {
    return Fail(Errc::kUnsupported, Process(plan.pid) + " was started with the probe");
  }
  Injection injection;
  injection.was_loaded = program->probe().has_value();
  // All that can be known is, before a thread stands still.
  const auto exports = FindExports(*program, plan.library);
  if (!exports) return std::unexpected(exports.error());
  auto entries = ProbeEntries::Find(*exports, plan.pid);
  if (!entries) return std::unexpected(entries.error());
  const auto request = MakeRequest(plan);
  if (!request) return std::unexpected(request.error());
  const auto loader = LibraryLoader::Prepare(memory, *program, plan.library);
  if (!loader) return std::unexpected(loader.error());
  const auto hooks = FindHooks(*program, *exports, Direction::kToHooks);
  auto slots = FindSlots(memory, *program, hooks, Direction::kToHooks);
  {
    auto thread = BorrowedThread::Take(memory, *program, plan.limit_s);
    if (!thread) return std::unexpected(thread.error());
    injection.threads_tried = thread->tries();
    if (!injection.was_loaded) {
      const auto bias = loader->Load(*thread);
      if (!bias) return std::unexpected(bias.error());
      entries = entries->MovedBy(*bias);
      for (ledger::SlotChange& slot : slots) slot.wanted += *bias;
    }
    const auto written = ProbeCalls(memory, *entries, *thread).Attach(*request, slots);
    if (!written) return std::unexpected(written.error());
    if (auto returned = thread->Return(); !returned) return std::unexpected(returned.error());
    injection.slots = *written;
    injection.held_s = thread->held_s();
  }
  RedirectRest(memory, &*program, &injection);
  return injection;
}

model::Result<Injection> Withdraw(pid_t pid, double limit_s) {
  if (auto checked = CheckProcess(pid); !checked) return std::unexpected(checked.error());
  const Memory memory(pid);
  auto program = ReadProgram(memory, limit_s);
  if (!program) return std::unexpected(program.error());
  if (!program->probe()) {
    return Fail(Errc::kNotFound, Process(pid) + " does not have the probe; nothing to withdraw");
  }
  if (IsPreloaded(*program)) {
    return Fail(Errc::kUnsupported, Process(pid) +
                                        " was started with the probe, which stays until "
                                        "it ends; restart it without LD_PRELOAD");
  }
  const Symbols& exports = program->symbols(*program->probe());
  const auto entries = ProbeEntries::Find(exports, pid);
  if (!entries) return std::unexpected(entries.error());
  const auto slots = FindSlots(memory, *program, FindHooks(*program, exports, Direction::kToReal),
                               Direction::kToReal);
  auto thread = BorrowedThread::Take(memory, *program, limit_s);
  if (!thread) return std::unexpected(thread.error());
  const auto written = ProbeCalls(memory, *entries, *thread).Detach(slots);
  if (!written) return std::unexpected(written.error());
  if (auto returned = thread->Return(); !returned) return std::unexpected(returned.error());
  return Injection{.was_loaded = true,
                   .threads_tried = thread->tries(),
                   .held_s = thread->held_s(),
                   .slots = *written};
}

}  // namespace seep::attach
