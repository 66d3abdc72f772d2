// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/threads.h"

#include <dirent.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <map>
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
  std::optional<Tracee> safe;
  std::string obstacle;
};

// Stops one thread and judges it; goes on at once unless it is safe. An error is the process's.
model::Result<Look> LookAt(const Memory& memory, const SafePoints& points, pid_t tid) {
  const Urgency urgency;
  auto thread = Tracee::Seize(memory.pid(), tid);
  if (!thread) {
    if (thread.error().code == Errc::kNotFound || IsEnded(memory.pid(), tid)) {
      return Look{std::nullopt, "ended"};
    }
    return std::unexpected(thread.error());
  }
  // One that runs is soon elsewhere: it is let go on for a moment and looked at again, while it has
  // a processor. An allocation takes a microsecond.
  constexpr int kLooks = 24;
  std::string obstacle;
  for (int look = 0; look < kLooks; ++look) {
    if (look > 0) {
      if (!thread->Resume()) return Look{std::nullopt, "ended"};
      usleep(static_cast<useconds_t>(5 + 7 * (look % 5)));
    }
    if (!thread->Interrupt() || !thread->AwaitStop(kStopLimitSeconds)) {
      return Look{std::nullopt, "does not stop"};
    }
    const auto registers = thread->ReadRegisters();
    const auto mappings = ReadMappings(memory.pid());
    if (!registers) return Look{std::nullopt, registers.error().message};
    if (!mappings) return std::unexpected(mappings.error());
    obstacle = points.WhyNot(*thread, *registers, *mappings);
    if (obstacle.empty()) return Look{std::move(*thread), ""};
    if (IsInWait(*registers)) break;  // for long, perhaps
  }
  return Look{std::nullopt, std::move(obstacle)};
}

}  // namespace

Urgency::Urgency() {
  sched_param now{};
  policy_ = sched_getscheduler(0);
  if (policy_ < 0 || sched_getparam(0, &now) != 0) return;
  priority_ = now.sched_priority;
  const sched_param urgent{.sched_priority = 1};
  is_raised_ = sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &urgent) == 0;
}

Urgency::~Urgency() {
  const sched_param before{.sched_priority = priority_};
  if (is_raised_) sched_setscheduler(0, policy_, &before);
}

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

model::Result<StoppedProcess> StoppedProcess::Stop(pid_t pid, double limit_s) {
  StoppedProcess process(std::make_unique<Urgency>());
  const double deadline_s = NowSeconds() + limit_s;
  std::vector<pid_t> known;
  while (true) {
    const size_t before = process.threads_.size();
    for (const pid_t tid : ListThreads(pid)) {
      if (std::find(known.begin(), known.end(), tid) != known.end()) continue;
      auto thread = Tracee::Seize(pid, tid);
      if (!thread) {
        if (thread.error().code == Errc::kNotFound || IsEnded(pid, tid)) continue;
        return std::unexpected(thread.error());
      }
      known.push_back(tid);
      if (thread->Interrupt()) process.threads_.push_back(std::move(*thread));
    }
    // Asked all together, waited for afterwards: they stop side by side.
    for (size_t i = before; i < process.threads_.size();) {
      const auto stopped = process.threads_[i].AwaitStop(deadline_s - NowSeconds());
      if (stopped) {
        ++i;
      } else if (stopped.error().code == Errc::kNotFound) {
        process.threads_.erase(process.threads_.begin() + static_cast<long>(i));
      } else {
        return std::unexpected(stopped.error());
      }
    }
    // A last one may have been made by a thread that was not yet stopped.
    if (process.threads_.size() == before) break;
  }
  if (process.threads_.empty()) {
    return Fail(Errc::kNotFound, "process " + std::to_string(pid) + " has ended");
  }
  return process;
}

bool StoppedProcess::IsAnyIn(uint64_t start, uint64_t end) const {
  for (const Tracee& thread : threads_) {
    const auto registers = thread.ReadRegisters();
    if (!registers || (registers->rip >= start && registers->rip < end)) return true;
  }
  return false;
}

model::Result<SafeThread> StopSafeThread(const Memory& memory, const LoadedProgram& program,
                                         double limit_s) {
  const SafePoints points(memory, program);
  const double deadline_s = NowSeconds() + limit_s;
  std::map<std::string, int> obstacles;
  int tries = 0;
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
      if (look->safe) return SafeThread{std::move(*look->safe), tries};
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
