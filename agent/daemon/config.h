// SPDX-License-Identifier: Apache-2.0
// The configuration of the daemon: a TOML file. docs/agent.md has every key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/endpoint/load_source.h"
#include "storage/model/error.h"
#include "storage/sqlite/retention.h"

namespace seep::agent {

// What an operator calls a service: every process that all given conditions hold for, and what it
// starts.
struct TargetRule {
  std::string name;
  std::string exe;           // shell pattern on the path of the program
  std::string cmdline;       // regular expression (ECMAScript), found anywhere in the command line
  std::string cgroup;        // the process is in it or below: "/system.slice/nginx.service"
  std::string pid_file;      // holds its pid
  uint64_t limit_bytes = 0;  // memory that it may have; 0: what the system sets
  std::vector<endpoint::LoadSource> load{};  // where load and latency are told
};

struct DaemonConfig {
  std::string database = "/var/lib/seep/seep.db";
  double tick_s = 5;
  double snapshot_s = 60;
  double run_length_s = 48 * 3600.0;            // a service gets a new run after this time
  double idle_s = 3600;                         // without a process: its run ends
  double judge_s = 600;                         // between verdicts on a service
  bool finds_ledgers = true;                    // services that nobody named, by their ledgers
  std::vector<std::string> ledger_directories;  // empty: the places where probes write by default
  std::string listen = "127.0.0.1:7337";        // empty: nothing is served
  std::string symbol_server;                    // URLs, asked for debug files; empty: none
  std::string token_file;                       // whose first line a client must show
  sqlite::RetentionPolicy retention;
  std::vector<TargetRule> targets;
};

// kInvalidArgument names the file, line and column, and what would be right; kIo.
model::Result<DaemonConfig> ReadConfig(const std::string& path);

}  // namespace seep::agent
