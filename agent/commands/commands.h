// SPDX-License-Identifier: Apache-2.0
// One function a subcommand. Each returns the exit code of the process (model::ExitCode, or the
// target's own status for `seep run`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/commands/report_formats.h"
#include "probes/endpoint/load_source.h"
#include "storage/model/run_summary.h"

namespace seep::agent {

// What run and attach share.
struct WatchOptions {
  std::string database;
  std::string name;
  std::optional<double> duration_s;
  std::optional<double> tick_s;
  std::optional<double> snapshot_s;
  uint64_t limit_bytes = 0;  // of memory; 0: what the system sets
  std::optional<double> heartbeat_s;
  std::vector<endpoint::LoadSource> load;
  std::vector<ReportFile> reports;        // written at the end
  std::vector<std::string> source_roots;  // as given
  bool is_gate = false;
  bool is_json = false;
  bool is_quiet = false;
  bool is_early_stop = false;          // end when growth is beyond doubt; needs duration_s
  bool is_load_steady = false;         // no daily cycle that looks like growth
  model::RunKey key;                   // what the run is of, as far as it is told
  std::vector<std::string> baselines;  // that it is compared with: names, files, runs
  bool is_baseline_updated = false;    // a clean run becomes one of the first of them
  std::string policy;                  // file that it is held against; empty: none
};

struct RunOptions {
  WatchOptions watch;
  uint64_t interval_bytes = 0;  // 0: the probe's default
  double grace_s = 10;
  std::vector<std::pair<std::string, std::string>> environment;
  std::vector<std::string> command;
};
int RunCommand(const RunOptions& options);

struct AttachOptions {
  WatchOptions watch;
  int pid = 0;
  bool is_without_probe = false;
  bool is_probe_kept = false;   // what was injected stays at the end
  uint64_t interval_bytes = 0;  // of a probe that is injected; 0: its default
};
int AttachCommand(const AttachOptions& options);

int DetachCommand(int pid);

struct AgentOptions {
  std::string config;     // file; empty: what the defaults say
  std::string database;   // in place of that of the configuration; empty: that one
  bool is_check = false;  // the configuration only
  bool is_json_log = false;
};
int AgentCommand(const AgentOptions& options);

struct DoctorOptions {
  std::string database;
  int pid = 0;  // of a process to look at; 0: the machine only
  bool is_json = false;
};
int DoctorCommand(const DoctorOptions& options);

int ListCommand(const std::string& database, bool is_json);
int ShowCommand(const std::string& database, const std::string& run, bool is_json);

struct ReportOptions {
  std::string database;
  std::string run;
  uint64_t limit_bytes = 0;                 // of memory; 0: that of the run
  std::string ledger;                       // instead of a run: the file that a probe left
  std::vector<std::string> formats;         // names of ReportFormat
  std::string output;                       // file, or base name of several formats; empty: stdout
  std::string symbol_server{};              // URLs that are asked for debug files; empty: none
  std::vector<std::string> source_roots{};  // as given
  std::vector<std::string> baselines{};     // that it is compared with: names, files, runs
  std::vector<std::string> earlier{};       // runs of the same build, judged with it
  std::string policy{};                     // file that it is held against; empty: none
};
int ReportCommand(const ReportOptions& options);

struct BaselineOptions {
  std::string database;
  std::string name{};
  std::vector<std::string> runs{};
  std::string file{};                  // that is written or read
  std::optional<size_t> keep{};        // runs that a rolling one keeps
  bool is_pinned = false;              // a release: it stays as it is
  bool is_replaced = false;            // what is there under this name
  bool are_findings_accepted = false;  // runs that did not pass may be in it
  bool is_json = false;
};
int BaselineSetCommand(const BaselineOptions& options);
int BaselineListCommand(const BaselineOptions& options);
int BaselineShowCommand(const BaselineOptions& options);
int BaselineRemoveCommand(const BaselineOptions& options);
int BaselineExportCommand(const BaselineOptions& options);
int BaselineImportCommand(const BaselineOptions& options);

struct ExportOptions {
  std::string database{};
  std::string run{};
  std::string ledger{};       // instead of a run: the file that a probe left
  std::string format{};       // "pprof", "folded", "speedscope", "csv", "openmetrics"
  std::string output{};       // file; empty: stdout
  std::string sample_type{};  // of exports::kSampleTypes: what is shown (first)
  std::string base{};         // run that is taken off; empty: none
  bool is_growth = false;     // what it was at the end of warm-up is taken off
  int pid = 0;                // of this process only; 0: of all
  std::string symbol_server{};
};
int ExportCommand(const ExportOptions& options);

struct AcceptOptions {
  std::string database;
  std::string run = "latest";
  std::string policy = "seep-policy.toml";  // that is added to
  std::string output{};                     // where the result goes; empty: there
  std::string owner{};                      // empty: the user
  std::string reason{};                     // empty: the run it comes from
  std::string expires = "90d";              // or a day
};
int BaselineAcceptCommand(const AcceptOptions& options);

int PolicyCommand(const std::string& file);

struct AnalyzeOptions {
  std::string file;  // "-": standard input
  std::string metric;
  uint64_t limit = 0;  // 0: none
  bool is_json = false;
};
int AnalyzeCommand(const AnalyzeOptions& options);

}  // namespace seep::agent
