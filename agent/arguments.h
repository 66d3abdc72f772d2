// SPDX-License-Identifier: Apache-2.0
// What each subcommand takes on the command line.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "agent/commands/commands.h"

namespace seep::agent {

// $SEEP_DB, else ./seep.db.
std::string DefaultDatabase();

void AddDatabase(CLI::App* app, std::string* path);

// Each adds its subcommand, whose options go into `options`: it outlives the parsing.
CLI::App* AddRun(CLI::App& app, RunOptions* options);
CLI::App* AddAttach(CLI::App& app, AttachOptions* options);
CLI::App* AddDetach(CLI::App& app, int* pid);
CLI::App* AddAgent(CLI::App& app, AgentOptions* options);
CLI::App* AddDoctor(CLI::App& app, DoctorOptions* options);
CLI::App* AddReport(CLI::App& app, ReportOptions* options);
CLI::App* AddExport(CLI::App& app, ExportOptions* options);
CLI::App* AddAnalyze(CLI::App& app, AnalyzeOptions* options);
CLI::App* AddCompare(CLI::App& app, ReportOptions* options);

// The words behind `seep baseline`, and what each does.
struct BaselineCommand {
  CLI::App* word;
  int (*run)(const BaselineOptions&);
};
using BaselineCommands = std::vector<BaselineCommand>;
BaselineCommands AddBaseline(CLI::App& app, BaselineOptions* options);
CLI::App* AddBaselineAccept(CLI::App& app, AcceptOptions* options);
CLI::App* AddPolicyCommand(CLI::App& app, std::string* file);

// Options that several take.
void AddRunKey(CLI::App* app, model::RunKey* key);
void AddBaselines(CLI::App* app, std::vector<std::string>* baselines);
void AddPolicy(CLI::App* app, std::string* file);
// Database, formats and where they go.
void AddReportOutput(CLI::App* app, ReportOptions* options);

}  // namespace seep::agent
