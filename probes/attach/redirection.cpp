// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/redirection.h"

#include <unistd.h>

#include <algorithm>

#include "probes/attach/threads.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

constexpr double kStopLimitSeconds = 1;

// ld.so changes its list, or is about to fill a slot with what it has just looked up.
bool IsLoaderAtWork(const Memory& memory, const LoadedProgram& program,
                    const StoppedProcess& stopped) {
  const auto objects = ReadLoadedObjects(memory);
  if (!objects || !program.HasSameObjects(*objects)) return true;
  for (size_t i = 0; i < program.objects().size(); ++i) {
    const LoadedObject& object = program.objects()[i];
    if (program.IsLoader(i) && stopped.IsAnyIn(object.start, object.end)) return true;
  }
  return false;
}

// One stop; the number of slots written, 0 with `*is_refused` when the loader was at work.
model::Result<size_t> WriteSlots(const Memory& memory, const LoadedProgram& program,
                                 const std::vector<Slot>& slots, bool* is_refused) {
  auto stopped = StoppedProcess::Stop(memory.pid(), kStopLimitSeconds);
  if (!stopped) return std::unexpected(stopped.error());
  *is_refused = IsLoaderAtWork(memory, program, *stopped);
  size_t written = 0;
  for (const Slot& slot : slots) {
    if (*is_refused) break;
    const auto value = memory.Read<uint64_t>(slot.address);
    if (!value || (*value != slot.value && *value != slot.bound)) continue;
    if (auto done = stopped->threads().front().WriteWord(slot.address, slot.wanted); !done) {
      return std::unexpected(done.error());
    }
    ++written;
  }
  return written;
}

}  // namespace

model::Result<Redirection> Redirect(const Memory& memory, LoadedProgram* program,
                                    Direction direction, double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  Redirection redirection;
  for (useconds_t pause_us = 500;; pause_us = std::min<useconds_t>(2 * pause_us, 16'000)) {
    auto now = LoadedProgram::Read(memory, program);
    if (!now && now.error().code != Errc::kBusy) return std::unexpected(now.error());
    if (now) {
      *program = std::move(*now);
      const auto slots = FindSlots(memory, *program, FindHooks(*program, direction), direction);
      if (slots.empty()) return redirection;
      const double stop_s = NowSeconds();
      bool is_refused = false;
      const auto written = WriteSlots(memory, *program, slots, &is_refused);
      redirection.stopped_s.push_back(NowSeconds() - stop_s);
      if (!written && written.error().code != Errc::kBusy) return std::unexpected(written.error());
      redirection.slots += written.value_or(0);
      // Looked at once more: a thread may have been filling a slot all the while.
      if (written && !is_refused) continue;
    }
    if (NowSeconds() > deadline_s) {
      return Fail(Errc::kBusy, "process " + std::to_string(memory.pid()) +
                                   " is loading libraries all the time; try again");
    }
    usleep(pause_us);
  }
}

model::Result<Redirection> SlotKeeper::Refresh() {
  // Twice without anything to do: whoever was inside the loader at the attach is long out of it.
  constexpr int kEnoughScans = 2;
  const auto objects = ReadLoadedObjects(memory_);
  if (!objects) {
    if (objects.error().code == Errc::kBusy) return Redirection{};  // the next tick will do
    return std::unexpected(objects.error());
  }
  if (!program_.HasSameObjects(*objects)) clean_scans_ = 0;
  if (clean_scans_ >= kEnoughScans) return Redirection{};
  constexpr double kLimitSeconds = 0.1;
  auto redirection = Redirect(memory_, &program_, Direction::kToHooks, kLimitSeconds);
  if (redirection && redirection->slots == 0) ++clean_scans_;
  if (!redirection && redirection.error().code == Errc::kBusy) return Redirection{};
  return redirection;
}

}  // namespace seep::attach
