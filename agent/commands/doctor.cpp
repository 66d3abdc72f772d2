// SPDX-License-Identifier: Apache-2.0
// seep doctor: what this machine, and a process, allow, and the remedy for each no.
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/watch/elf_program.h"
#include "agent/watch/launcher.h"
#include "agent/watch/ledger_directory.h"
#include "probes/attach/injector.h"
#include "probes/attach/preconditions.h"
#include "probes/proc/files.h"
#include "probes/proc/memory_limit.h"
#include "probes/proc/memory_map.h"
#include "probes/proc/process_sample.h"
#include "storage/model/units.h"
#include "storage/sqlite/database.h"

namespace seep::agent {
namespace {

enum class Need { kRequired, kHelpful };

struct Finding {
  std::string subject;
  bool is_good = false;
  Need need = Need::kRequired;
  std::string detail;  // what was found; of a no: the cause and the remedy
};
using Findings = std::vector<Finding>;

void Add(Findings& findings, const std::string& subject, Need need, const model::Status& status,
         const std::string& good) {
  findings.push_back({subject, status.has_value(), need, status ? good : status.error().message});
}

template <typename Value>
model::Status StatusOf(const model::Result<Value>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

bool IsReadable(const std::string& path) {
  return access(path.c_str(), R_OK) == 0;
}

model::Status Unless(bool is_good, const std::string& cause_and_remedy) {
  if (is_good) return {};
  return model::Fail(model::Errc::kUnsupported, cause_and_remedy);
}

// May a process that is not our child be attached to?
model::Status CheckYama() {
  const auto scope = proc::ReadFile("/proc/sys/kernel/yama/ptrace_scope");
  const uint64_t value = proc::ParseNumber(scope.value_or("0")).value_or(0);
  const uint64_t allowed = geteuid() == 0 ? 2 : 0;
  return Unless(value <= allowed, fmt::format("kernel.yama.ptrace_scope is {}: run seep attach as "
                                              "root, or 'sysctl kernel.yama.ptrace_scope=0'",
                                              value));
}

model::Status CheckDatabase(const std::string& path) {
  if (std::error_code ignored; std::filesystem::exists(path, ignored)) {
    return StatusOf(sqlite::Database::Open(path, sqlite::OpenMode::kReadOnly));
  }
  const std::string folder = std::filesystem::absolute(path).parent_path();
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    auto failed = model::FailErrno("database folder " + folder);
    failed.error().message += "; make it, or name another file with --db";
    return failed;
  }
  constexpr uint64_t kRoom = 256 << 20;
  struct statvfs space {};
  const bool is_known = statvfs(folder.c_str(), &space) == 0;
  return Unless(!is_known || uint64_t{space.f_bavail} * space.f_frsize >= kRoom,
                folder + " has less than 256 MiB free; 48 h of one process take up to 64 MiB");
}

Findings ExamineMachine(const std::string& database) {
  Findings findings;
  const auto probe = FindProbe();
  Add(findings, "probe", Need::kRequired, StatusOf(probe), probe.value_or(""));
  const auto ledgers = LedgerDirectory::Choose();
  Add(findings, "ledger directory", Need::kRequired, StatusOf(ledgers),
      ledgers ? ledgers->path() + ", on tmpfs" : "");
  Add(findings, "database", Need::kRequired, CheckDatabase(database), database);
  const std::string self = "/proc/" + std::to_string(getpid());
  Add(findings, "child processes", Need::kRequired,
      Unless(IsReadable(self + "/task/" + std::to_string(getpid()) + "/children"),
             "the kernel has no /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN): what a target "
             "starts is not seen"),
      "are seen");
  Add(findings, "memory parts", Need::kHelpful, StatusOf(proc::ReadMemoryMap(getpid())),
      "/proc/PID/smaps can be read");
  Add(findings, "pressure", Need::kHelpful,
      Unless(IsReadable("/proc/pressure/memory"),
             "the kernel has no /proc/pressure (psi=1 on its command line turns it on)"),
      "/proc/pressure can be read");
  Add(findings, "cgroup version 2", Need::kHelpful,
      Unless(IsReadable("/sys/fs/cgroup/cgroup.controllers"),
             "no cgroup version 2 here: limits come from version 1, rlimits and the host"),
      "memory.max and memory.high are read");
  Add(findings, "attach", Need::kHelpful, CheckYama(), "processes may be attached to");
  return findings;
}

void ExamineProcess(pid_t pid, Findings& findings) {
  const auto sample = proc::ReadSample(pid);
  Add(findings, "process", Need::kRequired,
      Unless(sample.has_value(), fmt::format("process {} does not exist; check the pid", pid)),
      proc::ReadCommandLine(pid));
  if (!sample) return;
  Add(findings, "descriptors", Need::kHelpful,
      Unless(sample->has_fds, "/proc/" + std::to_string(pid) +
                                  "/fd may not be read: run seep as root or as its user"),
      fmt::format("{} open", sample->fds));
  const std::string obstacle = ProbeObstacleOf("/proc/" + std::to_string(pid) + "/exe");
  Add(findings, "program", Need::kHelpful,
      Unless(obstacle.empty(), "it is " + obstacle + ": no heap data, watched by /proc alone"),
      "takes the probe");
  const auto ledger = LedgerDirectory::OfProcess(pid);
  if (ledger) {
    Add(findings, "heap data", Need::kHelpful, {}, "its probe writes to " + ledger->path());
  } else {
    auto injectable = attach::CheckProcess(pid);
    Add(findings, "heap data", Need::kHelpful, injectable,
        "no probe yet; seep attach " + std::to_string(pid) + " puts it in");
  }
  const uint64_t rss_bytes = sample->rss_anon_bytes + sample->rss_shmem_bytes;
  const proc::MemoryLimit limit = proc::FindMemoryLimit(pid, rss_bytes);
  Add(findings, "memory limit", Need::kHelpful,
      Unless(limit.bytes != 0, "none was found: --limit SIZE makes forecasts possible"),
      model::FormatBytes(static_cast<double>(limit.bytes)) + ", " + limit.source);
}

void PrintText(const Findings& findings) {
  for (const Finding& finding : findings) {
    const char* word = finding.is_good ? "ok" : finding.need == Need::kRequired ? "NO" : "no";
    fmt::print("{:4}{:18}{}\n", word, finding.subject, finding.detail);
  }
}

void PrintJson(const Findings& findings) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    json.push_back({{"subject", finding.subject},
                    {"ok", finding.is_good},
                    {"required", finding.need == Need::kRequired},
                    {"detail", finding.detail}});
  }
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

int DoctorCommand(const DoctorOptions& options) {
  Findings findings = ExamineMachine(options.database);
  if (options.pid != 0) ExamineProcess(options.pid, findings);
  options.is_json ? PrintJson(findings) : PrintText(findings);
  for (const Finding& finding : findings) {
    if (!finding.is_good && finding.need == Need::kRequired) {
      return ToInt(model::ExitCode::kFailed);
    }
  }
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
