// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/injector.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "probes/attach/library_loader.h"
#include "probes/attach/preconditions.h"
#include "probes/attach/remote_call.h"
#include "probes/attach/threads.h"
#include "probes/ledger/attach_request.h"

namespace seep::attach {
namespace {

using ledger::AttachRequest;
using ledger::AttachState;
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

std::optional<uint64_t> FindEntry(const LoadedProgram& program, const char* name) {
  const auto probe = program.probe();
  return probe ? program.symbols(*probe).FindFunction(name) : std::nullopt;
}

std::unexpected<model::Error> NoEntry(pid_t pid) {
  return Fail(Errc::kUnsupported, Process(pid) + " has a libseep.so without " +
                                      ledger::kAttachEntry + ": it is of another version");
}

// Makes the loaded library record: calls its entry on the borrowed thread.
model::Status CallAttach(const Memory& memory, const LoadedProgram& program,
                         const InjectionPlan& plan, Borrowed& borrowed) {
  const auto entry = FindEntry(program, ledger::kAttachEntry);
  if (!entry) return NoEntry(plan.pid);
  const auto request = MakeRequest(plan);
  if (!request) return std::unexpected(request.error());
  const uint64_t at = borrowed.call().data();
  if (!memory.Write(at, &*request, sizeof(*request))) return model::FailErrno(Process(plan.pid));
  if (auto called = borrowed.call().Call(*entry, {at, 0, 0}, plan.limit_s); !called) {
    return std::unexpected(borrowed.Explain(called.error(), ledger::kAttachEntry));
  }
  auto answer = memory.Read<AttachRequest>(at);
  if (!answer) return model::FailErrno(Process(plan.pid));
  if (answer->state == AttachState::kActive) return {};
  answer->reason[sizeof(answer->reason) - 1] = '\0';
  return Fail(Errc::kIo, Process(plan.pid) +
                             ": the probe is loaded but does nothing: " + answer->reason +
                             "; set SEEP_DIR to a directory on tmpfs that the process can write");
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
  {
    auto borrowed = Borrowed::Take(memory, *program, plan.limit_s);
    if (!borrowed) return std::unexpected(borrowed.error());
    injection.threads_tried = borrowed->tries();
    const double borrowed_s = NowSeconds();
    if (!injection.was_loaded) {
      if (auto loaded = LoadLibrary(memory, &*program, plan.library, plan.limit_s, *borrowed);
          !loaded) {
        return std::unexpected(loaded.error());
      }
    }
    if (auto called = CallAttach(memory, *program, plan, *borrowed); !called) {
      return std::unexpected(called.error());
    }
    if (auto returned = borrowed->Return(); !returned) return std::unexpected(returned.error());
    injection.borrowed_s = NowSeconds() - borrowed_s;
  }
  auto redirection = Redirect(memory, &*program, Direction::kToHooks, plan.limit_s);
  if (!redirection) return std::unexpected(redirection.error());
  injection.redirection = std::move(*redirection);
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
  const auto entry = FindEntry(*program, ledger::kDetachEntry);
  if (!entry) return NoEntry(pid);
  Injection injection;
  injection.was_loaded = true;
  auto redirection = Redirect(memory, &*program, Direction::kToReal, limit_s);
  if (!redirection) return std::unexpected(redirection.error());
  injection.redirection = std::move(*redirection);
  auto borrowed = Borrowed::Take(memory, *program, limit_s);
  if (!borrowed) return std::unexpected(borrowed.error());
  injection.threads_tried = borrowed->tries();
  const double borrowed_s = NowSeconds();
  if (auto called = borrowed->call().Call(*entry, {}, limit_s); !called) {
    return std::unexpected(borrowed->Explain(called.error(), ledger::kDetachEntry));
  }
  if (auto returned = borrowed->Return(); !returned) return std::unexpected(returned.error());
  injection.borrowed_s = NowSeconds() - borrowed_s;
  return injection;
}

}  // namespace seep::attach
