// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/redirection.h"

#include "probes/attach/borrowed_thread.h"
#include "probes/attach/preconditions.h"
#include "probes/attach/probe_calls.h"

namespace seep::attach {

using model::Errc;

model::Result<Redirection> RedirectFurther(const Memory& memory, LoadedProgram* program,
                                           double limit_s) {
  auto now = LoadedProgram::Read(memory, program);
  if (!now) return std::unexpected(now.error());
  *program = std::move(*now);
  const auto probe = program->probe();
  if (!probe) return Redirection{};
  const Symbols& exports = program->symbols(*probe);
  const auto entries = ProbeEntries::Find(exports, memory.pid());
  if (!entries) return std::unexpected(entries.error());
  const auto hooks = FindHooks(*program, exports, Direction::kToHooks);
  const auto slots = FindSlots(memory, *program, hooks, Direction::kToHooks);
  // A system call of the probe may be the program's end by now.
  if (slots.empty() || HasSeccompFilter(memory.pid())) return Redirection{};
  auto thread = BorrowedThread::Take(memory, *program, limit_s);
  if (!thread) return std::unexpected(thread.error());
  const auto written = ProbeCalls(memory, *entries, *thread).Redirect(slots);
  const auto returned = thread->Return();
  if (!written) return std::unexpected(written.error());
  if (!returned) return std::unexpected(returned.error());
  return Redirection{*written, thread->held_s()};
}

model::Result<Redirection> SlotKeeper::Refresh() {
  // Twice without anything done: whoever was inside the loader at the attach is long out of it.
  constexpr int kEnoughScans = 2;
  constexpr double kLimitSeconds = 0.1;
  const auto objects = ReadLoadedObjects(memory_);
  if (objects && !program_.HasSameObjects(*objects)) idle_scans_ = 0;
  if (objects && idle_scans_ >= kEnoughScans) return Redirection{};
  auto redirection = objects ? RedirectFurther(memory_, &program_, kLimitSeconds)
                             : model::Result<Redirection>(std::unexpected(objects.error()));
  if (redirection && redirection->slots == 0) ++idle_scans_;
  // The next tick will do.
  if (!redirection && redirection.error().code == Errc::kBusy) return Redirection{};
  return redirection;
}

}  // namespace seep::attach
