// SPDX-License-Identifier: Apache-2.0
// The command line: words to options, nothing else. Exit codes: storage/model/verdict.h.
#include <CLI/CLI.hpp>

#include <iostream>
#include <string>
#include <vector>

#include "agent/arguments.h"
#include "agent/commands/commands.h"
#include "agent/console.h"
#include "storage/model/series.h"
#include "storage/model/verdict.h"

namespace {

using namespace seep::agent;

constexpr char kFooter[] =
    "Exit codes: 0 pass, 1 seep failed, 2 usage, 10 growth (leak), 11 regression,\n"
    "12 inconclusive (too little data never passes), 13 a limit broken.\n"
    "'seep run' gives the target's own status unless --gate has a finding.";

struct Options {
  int detach_pid = 0;
  AgentOptions agent;
  DoctorOptions doctor{.database = DefaultDatabase()};
  RunOptions run;
  AttachOptions attach;
  ReportOptions report{DefaultDatabase(), "latest", 0, "", {"text"}, ""};
  ReportOptions compare{DefaultDatabase(), "latest", 0, "", {"text"}, ""};
  BaselineOptions baseline{.database = DefaultDatabase()};
  ExportOptions exporting{.database = DefaultDatabase(), .run = "latest"};
  AcceptOptions accept{.database = DefaultDatabase()};
  std::string policy;
  AnalyzeOptions analyze{.file = {}, .metric = seep::model::metric::kRssSwap};
  std::string list_database = DefaultDatabase();
  std::string show_database = DefaultDatabase();
  std::string show_run = "latest";
  bool is_json = false;
};

// Everything behind the first "--" is the target's.
std::vector<std::string> TakeCommand(int* argc, char** argv) {
  for (int i = 1; i < *argc; ++i) {
    if (std::string_view(argv[i]) == "--") {
      std::vector<std::string> command(argv + i + 1, argv + *argc);
      *argc = i;
      return command;
    }
  }
  return {};
}

int Usage(const std::string& message) {
  Say(message + "; see seep --help");
  return static_cast<int>(seep::model::ExitCode::kUsage);
}

int Main(int argc, char** argv) {
  Options options;
  options.run.watch.database = options.attach.watch.database = DefaultDatabase();
  options.run.command = TakeCommand(&argc, argv);

  CLI::App app("seep finds slow memory leaks, and every other slow growth, in native processes",
               "seep");
  app.set_version_flag("--version", std::string("seep ") + SEEP_VERSION);
  app.footer(kFooter);
  app.require_subcommand(0, 1);  // none is told below: here it would hide an unknown one
  CLI::App* run = AddRun(app, &options.run);
  CLI::App* attach = AddAttach(app, &options.attach);
  CLI::App* detach = AddDetach(app, &options.detach_pid);
  CLI::App* agent = AddAgent(app, &options.agent);
  CLI::App* doctor = AddDoctor(app, &options.doctor);
  CLI::App* list = app.add_subcommand("list", "Runs in the database");
  AddDatabase(list, &options.list_database);
  list->add_flag("--json", options.is_json, "As JSON");
  CLI::App* show = app.add_subcommand("show", "One run: its processes, series and events");
  show->add_option("RUN", options.show_run, "Id, name or 'latest'")->default_str("latest");
  AddDatabase(show, &options.show_database);
  show->add_flag("--json", options.is_json, "As JSON");
  CLI::App* report = AddReport(app, &options.report);
  CLI::App* compare = AddCompare(app, &options.compare);
  const BaselineCommands baseline = AddBaseline(app, &options.baseline);
  CLI::App* exporting = AddExport(app, &options.exporting);
  CLI::App* accept = AddBaselineAccept(app, &options.accept);
  CLI::App* policy = AddPolicyCommand(app, &options.policy);
  CLI::App* analyze = AddAnalyze(app, &options.analyze);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success, std::cout, std::cerr);
  } catch (const CLI::ParseError& error) {
    return Usage(error.what());
  }
  if (!*run && !options.run.command.empty()) return Usage("only 'run' takes a command after --");
  if (*run && options.run.command.empty()) {
    return Usage("no program to run; write: seep run [OPTIONS] -- CMD [ARG ...]");
  }
  if (*run) return RunCommand(options.run);
  if (*attach) return AttachCommand(options.attach);
  if (*detach) return DetachCommand(options.detach_pid);
  if (*agent) return AgentCommand(options.agent);
  if (*doctor) return DoctorCommand(options.doctor);
  if (*list) return ListCommand(options.list_database, options.is_json);
  if (*show) return ShowCommand(options.show_database, options.show_run, options.is_json);
  if (*report) return ReportCommand(options.report);
  if (*compare) return ReportCommand(options.compare);
  if (*policy) return PolicyCommand(options.policy);
  if (*accept) return BaselineAcceptCommand(options.accept);
  for (const BaselineCommand& command : baseline) {
    if (*command.word) return command.run(options.baseline);
  }
  if (*exporting) return ExportCommand(options.exporting);
  if (*analyze) return AnalyzeCommand(options.analyze);
  return Usage("no command, such as run or report");
}

}  // namespace

int main(int argc, char** argv) {
  // Libraries may throw (bad_alloc, a bug): said in a line, never std::terminate.
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    Say(std::string("internal error: ") + error.what());
    return static_cast<int>(seep::model::ExitCode::kFailed);
  }
}
