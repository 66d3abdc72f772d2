// SPDX-License-Identifier: Apache-2.0
// The command line of comparisons: compare, baseline, and what run and attach take of it.
#include <climits>

#include "agent/arguments.h"
#include "storage/model/baseline.h"

namespace seep::agent {

void AddRunKey(CLI::App* app, model::RunKey* key) {
  app->add_option("--service", key->service, "What is run, for baselines")
      ->default_str("the program's name");
  app->add_option("--workload", key->workload, "What it is asked to do, for baselines");
  app->add_option("--host-class", key->host_class, "Machines that compare, for baselines")
      ->default_str("architecture and CPUs, x86_64-2");
  app->add_option("--config-hash", key->config_hash,
                  "Of what changes its memory on purpose, for baselines");
}

void AddBaselines(CLI::App* app, std::vector<std::string>* baselines) {
  app->add_option("--baseline", *baselines,
                  "Compare with this baseline: a name, an exported file or a run; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
}

CLI::App* AddCompare(CLI::App& app, ReportOptions* options) {
  CLI::App* compare =
      app.add_subcommand("compare", "What changed between baselines and a run, and is it worse?");
  compare
      ->add_option_function<std::string>(
          "BASE",
          [options](const std::string& name) {
            options->baselines.insert(options->baselines.begin(), name);
          },
          "Baseline, exported file, or run")
      ->required();
  compare
      ->add_option_function<std::vector<std::string>>(
          "RUN",
          [options](const std::vector<std::string>& runs) {
            options->run = runs.back();
            options->earlier.assign(runs.begin(), runs.end() - 1);
          },
          "Run, or several of one build, the newest last: together they show less")
      ->default_str("latest");
  compare
      ->add_option_function<std::vector<std::string>>(
          "--also",
          [options](const std::vector<std::string>& names) {
            options->baselines.insert(options->baselines.end(), names.begin(), names.end());
          },
          "Compare with this baseline, too, such as that of the last release; may be repeated")
      ->type_name("BASE")
      ->allow_extra_args(false);
  AddReportOutput(compare, options);
  return compare;
}

BaselineCommands AddBaseline(CLI::App& app, BaselineOptions* options) {
  CLI::App* baseline = app.add_subcommand("baseline", "Runs that others are compared with");
  baseline->require_subcommand(1);
  const auto add = [&](const char* word, const char* help, bool has_name) {
    CLI::App* command = baseline->add_subcommand(word, help);
    AddDatabase(command, &options->database);
    if (has_name) command->add_option("NAME", options->name, "Of the baseline")->required();
    return command;
  };
  CLI::App* set = add("set", "Make a baseline of runs, or add them to a rolling one", true);
  set->add_option("RUN", options->runs, "Ids, names or 'latest', the oldest first")->required();
  set->add_flag("--pin", options->is_pinned, "A release: it stays as it is");
  set->add_option("--keep", options->keep, "Runs that a rolling one keeps")
      ->check(CLI::Range(1, INT_MAX))
      ->default_str(std::to_string(model::kRollingRuns));
  set->add_flag("--replace", options->is_replaced, "Make it anew when it is there");
  set->add_flag("--accept-findings", options->are_findings_accepted,
                "Take runs that did not pass, too");
  CLI::App* list = add("list", "Those that are there", false);
  list->add_flag("--json", options->is_json, "As JSON");
  CLI::App* show = add("show", "One of them: its runs and their figures", true);
  show->add_flag("--json", options->is_json, "As JSON");
  CLI::App* remove = add("rm", "Remove it; its runs stay", true);
  CLI::App* to_file = add("export", "Write it into one small file", true);
  to_file->add_option("-o,--output", options->file, "File")->default_str("NAME.seep");
  CLI::App* from_file = add("import", "Take it from such a file", false);
  from_file->add_option("FILE", options->file, "That was exported")->required();
  from_file->add_option("--name", options->name, "Call it so")->default_str("as in the file");
  from_file->add_flag("--replace", options->is_replaced, "In place of one of the same name");
  return {{set, &BaselineSetCommand},        {list, &BaselineListCommand},
          {show, &BaselineShowCommand},      {remove, &BaselineRemoveCommand},
          {to_file, &BaselineExportCommand}, {from_file, &BaselineImportCommand}};
}

}  // namespace seep::agent
