// SPDX-License-Identifier: Apache-2.0
// A run: one observation from start to end, of one or more processes (targets).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/ids.h"

namespace seep::model {

struct Run {
  RunId id{};
  std::string name;
  int64_t started_at_ns = 0;         // CLOCK_REALTIME; every t_s of the run counts from here
  double duration_s = 0;             // time of the last tick
  bool is_finished = false;          // false: seep was killed, or is still watching
  std::vector<std::string> command;  // argv of the target, empty for an attach
  std::optional<int> target_exit;    // as a shell reports it: 0-255, 128 + signal
  std::string host;
  std::string boot_id;  // identity of the pids below
  std::string seep_version;
  uint64_t interval_bytes = 0;  // mean bytes between samples, at the start
  double tick_s = 0;            // seconds between points, as set; 0: scaled with the run
  double snapshot_s = 0;        // seconds between heap snapshots, likewise
  uint64_t limit_bytes = 0;     // memory limit at the start; 0: none found
  std::string limit_source;     // "cgroup memory.max", "RLIMIT_AS", "host"
};

// One process of a run. Identity: (boot id, pid, start_ticks); a fork child is a target of its
// own. An exec keeps the target and starts a new ledger.
struct Target {
  TargetId id{};
  RunId run{};
  int pid = 0;
  uint64_t start_ticks = 0;  // /proc/PID/stat field 22
  int parent_pid = 0;
  std::string exe;           // /proc/PID/exe, or the command name when unreadable
  std::string command_line;  // arguments joined by blanks
  std::string probe;         // "active", or why there are no heap data, in plain words
  double first_seen_s = 0;
  double last_seen_s = 0;
  std::optional<int> exit_status;  // as a shell reports it, known only for our own child
};

// The limit that the user names, when it is the smaller one.
void LimitTo(Run& run, uint64_t bytes);

// What people call it: the first word of its command line without the folder. The file behind exe
// may have another name (redis-server is a link to redis-check-rdb).
std::string ProgramName(const Target& target);

// Something that happened: "target exited", "agent resumed", "ledger full", ...
struct Event {
  double t_s = 0;
  std::string kind;     // a fixed word: start, resume, exit, stop, early-stop, warning, breaker
  std::string message;  // one line for people
};

}  // namespace seep::model
