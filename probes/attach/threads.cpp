// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/threads.h"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "probes/proc/files.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

constexpr double kStopLimitSeconds = 2;  // of one thread

// 'S' and 'D' of /proc/PID/task/TID/stat: in the kernel.
bool IsAsleep(pid_t pid, pid_t tid) {
  const auto text =
      proc::ReadFile("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/stat");
  const size_t name_end = text ? text->rfind(')') : std::string::npos;
  return name_end != std::string::npos && text->substr(name_end, 3) == ") S";
}

bool IsEnded(pid_t pid, pid_t tid) {
  const auto text =
      proc::ReadFile("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/stat");
  const size_t name_end = text ? text->rfind(')') : std::string::npos;
  const char state = name_end != std::string::npos ? (*text)[name_end + 2] : 'X';
  return state == 'Z' || state == 'X';
}

struct Look {
  std::optional<SafeThread> safe;
  std::string obstacle;
  double longest_s = 0;  // for which the thread stood still
};

// Stops one thread and judges it; goes on at once unless it is safe. An error is the process's.
model::Result<Look> LookAt(const Memory& memory, const SafePoints& points, pid_t tid) {
  // Of before the stop: its own stack, and the code that it is in, are there then, too.
  const auto mappings = ReadMappings(memory.pid());
  if (!mappings) return std::unexpected(mappings.error());
  auto urgency = std::make_unique<Urgency>();
  auto loan = std::make_unique<PriorityLoan>();
  auto thread = Tracee::Seize(memory.pid(), tid);
  if (!thread) {
    if (thread.error().code == Errc::kNotFound || IsEnded(memory.pid(), tid)) {
      return Look{{}, "ended"};
    }
    return std::unexpected(thread.error());
  }
  // One that runs is soon elsewhere: it is let go on for a moment and looked at again. An
  // allocation takes a microsecond.
  constexpr int kLooks = 24;
  Look result;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) {
      if (!thread->Resume()) return Look{{}, "ended"};
      usleep(static_cast<useconds_t>(5 + 7 * (look % 5)));
    }
    if (!thread->Interrupt() || !thread->AwaitStop(kStopLimitSeconds)) {
      return Look{{}, "does not stop"};
    }
    const double stopped_s = NowSeconds();
    if (look == 0) loan->LendTo(tid);
    const auto registers = thread->ReadRegisters();
    if (!registers) return Look{{}, registers.error().message};
    result.obstacle = points.WhyNot(*thread, *registers, *mappings);
    if (result.obstacle.empty()) {
      result.safe = SafeThread{std::move(urgency), std::move(loan), std::move(*thread), stopped_s};
      return result;
    }
    result.longest_s = std::max(result.longest_s, NowSeconds() - stopped_s);
    if (IsInWait(*registers)) break;  // for long, perhaps
  }
  loan->End();
  return result;
}

}  // namespace

std::vector<pid_t> ListThreads(pid_t pid) {
  std::vector<pid_t> threads;
  DIR* tasks = opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
  if (tasks == nullptr) return threads;
  while (const dirent* entry = readdir(tasks)) {
    const auto tid = proc::ParseNumber(entry->d_name);
    if (tid) threads.push_back(static_cast<pid_t>(*tid));
  }
  closedir(tasks);
  return threads;
}

model::Result<SafeThread> StopSafeThread(const Memory& memory, const LoadedProgram& program,
                                         double limit_s) {
  const SafePoints points(memory, program);
  const double deadline_s = NowSeconds() + limit_s;
  std::map<std::string, int> obstacles;
  int tries = 0;
  double longest_look_s = 0;
  for (useconds_t pause_us = 1000;; pause_us = std::min<useconds_t>(2 * pause_us, 16'000)) {
    std::vector<pid_t> tids = ListThreads(memory.pid());
    if (tids.empty()) {
      return Fail(Errc::kNotFound, "process " + std::to_string(memory.pid()) + " has ended");
    }
    std::stable_partition(tids.begin(), tids.end(),
                          [&](pid_t tid) { return IsAsleep(memory.pid(), tid); });
    obstacles.clear();
    for (const pid_t tid : tids) {
      auto look = LookAt(memory, points, tid);
      ++tries;
      if (!look) return std::unexpected(look.error());
      longest_look_s = std::max(longest_look_s, look->longest_s);
      if (look->safe) {
        look->safe->longest_look_s = longest_look_s;
        look->safe->tries = tries;
        return std::move(*look->safe);
      }
      ++obstacles[look->obstacle];
      if (NowSeconds() > deadline_s) break;
    }
    if (NowSeconds() > deadline_s) break;
    usleep(pause_us);
  }
  std::string where;
  for (const auto& [obstacle, count] : obstacles) {
    where += (where.empty() ? "" : ", ") + std::to_string(count) + " " + obstacle;
  }
  return Fail(Errc::kBusy, "process " + std::to_string(memory.pid()) +
                               ": no thread came to a point where a library can be loaded (" +
                               where + "); try again, or watch it by /proc alone with --no-inject");
}

}  // namespace seep::attach
