// SPDX-License-Identifier: Apache-2.0
#include "agent/arguments.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <utility>
#include <vector>

#include "storage/model/units.h"

namespace seep::agent {
namespace {

// CLI11 gives text; units are ours. A value that is not one is a usage error.
template <typename Value, typename Parser>
CLI::Option* AddParsed(CLI::App* app, const std::string& flag, Value* value, Parser parse,
                       const std::string& help) {
  return app->add_option_function<std::string>(
      flag,
      [value, flag, parse](const std::string& text) {
        const auto parsed = parse(text);
        if (!parsed) throw CLI::ValidationError(flag, parsed.error().message);
        *value = *parsed;
      },
      help);
}
template <typename Value>
CLI::Option* AddDuration(CLI::App* app, const std::string& flag, Value* seconds,
                         const std::string& help) {
  return AddParsed(app, flag, seconds, &model::ParseDuration, help)->type_name("DURATION");
}

void AddLimit(CLI::App* app, uint64_t* bytes) {
  AddParsed(app, "--limit", bytes, &model::ParseSize,
            "Memory that the target may have; forecasts speak of it")
      ->type_name("SIZE")
      ->default_str("the smallest of cgroup, rlimits, host");
}

void AddLoad(CLI::App* app, std::vector<endpoint::LoadSource>* sources) {
  app->add_option_function<std::vector<std::string>>(
         "--load",
         [sources](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             auto source = endpoint::ParseLoadSource(text);
             if (!source) throw CLI::ValidationError("--load", source.error().message);
             if (std::ranges::find(*sources, *source) != sources->end()) {
               throw CLI::ValidationError("--load", "'" + text + "' is named twice");
             }
             sources->push_back(std::move(*source));
           }
         },
         "Load and latency: an endpoint's address, or a load tool's FILE or FORMAT:FILE; may be "
         "repeated (docs/load.md)")
      ->type_name("SOURCE")
      ->allow_extra_args(false);
}

void AddSourceRoot(CLI::App* app, std::vector<std::string>* roots) {
  app->add_option("--source-root", *roots,
                  "Where the sources are, or were when they were compiled: SARIF names files from "
                  "there; may be repeated")
      ->type_name("DIR")
      ->default_str("the current directory")
      ->allow_extra_args(false);
}

void AddReportFiles(CLI::App* app, std::vector<ReportFile>* files) {
  app->add_option_function<std::vector<std::string>>(
         "--report",
         [files](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             auto file = ParseReportFile(text);
             if (!file) throw CLI::ValidationError("--report", file.error().message);
             files->push_back(std::move(*file));
           }
         },
         "Write the report at the end: " + ReportFormatNames() + "; may be repeated")
      ->type_name("FORMAT=FILE")
      ->allow_extra_args(false);
}

void AddWatchOptions(CLI::App* app, WatchOptions* options) {
  AddDatabase(app, &options->database);
  app->add_option("--name", options->name, "Name of the run")->default_str("PROGRAM-ID");
  CLI::Option* duration =
      AddDuration(app, "--duration", &options->duration_s, "End after 90s, 30m, 24h");
  app->add_flag("--stop-early", options->is_early_stop, "End as soon as growth is confirmed")
      ->needs(duration);
  app->add_flag("--steady-load", options->is_load_steady,
                "The load does not change: --stop-early need not wait for 3/4 of the duration");
  AddDuration(app, "--tick", &options->tick_s, "Between points; default 5s, closer in short runs");
  AddDuration(app, "--snapshot", &options->snapshot_s,
              "Between heap snapshots; default 60s, closer in short runs");
  AddLimit(app, &options->limit_bytes);
  AddLoad(app, &options->load);
  AddRunKey(app, &options->key);
  AddBaselines(app, &options->baselines);
  AddPolicy(app, &options->policy);
  app->add_flag("--update-baseline", options->is_baseline_updated,
                "A run that passes becomes one of the first --baseline, a rolling one")
      ->needs("--baseline");
  app->add_flag("--gate", options->is_gate, "Exit with the verdict's code");
  app->add_flag("--json", options->is_json, "The report as JSON on stdout");
  AddReportFiles(app, &options->reports);
  AddSourceRoot(app, &options->source_roots);
  app->add_flag("-q,--quiet", options->is_quiet, "No progress");
  AddDuration(app, "--heartbeat", &options->heartbeat_s,
              "A line of progress so often, also with --quiet: keeps a silent CI job alive");
}

void AddInterval(CLI::App* app, uint64_t* bytes) {
  AddParsed(app, "--interval", bytes, &model::ParseSize,
            "Mean bytes between samples; 1: every allocation")
      ->type_name("SIZE")
      ->default_str("128KiB");
}

}  // namespace

std::string DefaultDatabase() {
  const char* chosen = std::getenv("SEEP_DB");
  return chosen != nullptr && chosen[0] != '\0' ? chosen : "./seep.db";
}

void AddDatabase(CLI::App* app, std::string* path) {
  app->add_option("--db", *path, "Database file")->default_str("$SEEP_DB or ./seep.db");
}

CLI::App* AddRun(CLI::App& app, RunOptions* options) {
  CLI::App* run = app.add_subcommand("run", "Start CMD under the probe, watch it, give a verdict");
  run->footer("Usage: seep run [OPTIONS] -- CMD [ARG ...]");
  AddWatchOptions(run, &options->watch);
  AddInterval(run, &options->interval_bytes);
  run->add_option_function<std::vector<std::string>>(
         "--env",
         [options](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) {
             const size_t equals = text.find('=');
             if (equals == 0 || equals == std::string::npos) {
               throw CLI::ValidationError("--env", "'" + text + "' is not NAME=VALUE");
             }
             options->environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
           }
         },
         "Set in the target's environment; may be repeated")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  AddDuration(run, "--grace", &options->grace_s, "From SIGTERM to SIGKILL at the end of the run")
      ->default_str("10s");
  return run;
}

CLI::App* AddAttach(CLI::App& app, AttachOptions* options) {
  CLI::App* attach = app.add_subcommand(
      "attach",
      "Put the probe into a running process and watch it; goes on with an unfinished run");
  attach->add_option("PID", options->pid, "Process to watch")
      ->required()
      ->check(CLI::Range(1, INT_MAX));
  attach->add_flag("--no-inject", options->is_without_probe,
                   "Leave the process alone: /proc only, no heap data");
  attach->add_flag("--keep-probe", options->is_probe_kept,
                   "Do not withdraw an injected probe at the end; see seep detach");
  AddInterval(attach, &options->interval_bytes);
  AddWatchOptions(attach, &options->watch);
  return attach;
}

CLI::App* AddDetach(CLI::App& app, int* pid) {
  CLI::App* detach =
      app.add_subcommand("detach", "Withdraw the probe that seep attach put into a process");
  detach->add_option("PID", *pid, "Process that has it")->required()->check(CLI::Range(1, INT_MAX));
  return detach;
}

CLI::App* AddAgent(CLI::App& app, AgentOptions* options) {
  CLI::App* agent =
      app.add_subcommand("agent", "The daemon: watches many services and all their resources");
  agent->add_option("--config", options->config, "TOML file; docs/agent.md has its keys")
      ->type_name("FILE");
  agent->add_option("--db", options->database, "Database file")
      ->default_str("that of the configuration, or /var/lib/seep/seep.db");
  agent->add_flag("--check-config", options->is_check, "Read the configuration, say what is wrong");
  agent
      ->add_option_function<std::string>(
          "--log",
          [options](const std::string& format) { options->is_json_log = format == "json"; },
          "Lines for people, or an object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->default_str("text");
  return agent;
}

CLI::App* AddDoctor(CLI::App& app, DoctorOptions* options) {
  CLI::App* doctor = app.add_subcommand(
      "doctor", "What this machine, and a process, allow, and the remedy for each no");
  doctor->add_option("PID", options->pid, "Process to look at")->check(CLI::Range(1, INT_MAX));
  AddDatabase(doctor, &options->database);
  doctor->add_flag("--json", options->is_json, "As JSON");
  return doctor;
}

void AddReportOutput(CLI::App* app, ReportOptions* options) {
  AddDatabase(app, &options->database);
  AddPolicy(app, &options->policy);
  AddLimit(app, &options->limit_bytes);
  app->add_option("--format", options->formats, ReportFormatNames())->delimiter(',');
  app->add_option("-o,--output", options->output,
                  "File instead of stdout; a base name for several formats");
  AddSourceRoot(app, &options->source_roots);
  app->add_option("--symbol-server", options->symbol_server,
                  "Ask these debuginfod servers for debug files that are not here")
      ->type_name("URL");
  app->add_flag_callback(
      "--json", [options] { options->formats = {"json"}; }, "As --format json");
}

CLI::App* AddReport(CLI::App& app, ReportOptions* options) {
  CLI::App* report = app.add_subcommand("report", "Verdict, growing stacks, attribution, forecast");
  report->add_option("RUN", options->run, "Id, name or 'latest'")->default_str("latest");
  report
      ->add_option("--ledger", options->ledger,
                   "Not of a run: what a process that nobody watched holds, or held at its end")
      ->type_name("FILE");
  AddBaselines(report, &options->baselines);
  AddReportOutput(report, options);
  return report;
}

CLI::App* AddAnalyze(CLI::App& app, AnalyzeOptions* options) {
  CLI::App* analyze = app.add_subcommand("analyze", "Does any series grow? From a CSV file");
  analyze->add_option("FILE", options->file, "Columns time_s,value[,load]; '-': standard input")
      ->required();
  analyze
      ->add_option("--metric", options->metric,
                   "What it is: a metric of seep or a name that ends in bytes, fds or threads")
      ->default_str(options->metric);
  AddParsed(analyze, "--limit", &options->limit, &model::ParseSize,
            "What it may not exceed: when will it?")
      ->type_name("SIZE");
  analyze->add_flag("--json", options->is_json, "As JSON");
  return analyze;
}

}  // namespace seep::agent
