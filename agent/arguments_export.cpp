// SPDX-License-Identifier: Apache-2.0
// The command line of seep export.
#include <climits>

#include "agent/arguments.h"
#include "analysis/export/profile.h"

namespace seep::agent {

CLI::App* AddExport(CLI::App& app, ExportOptions* options) {
  CLI::App* exporting =
      app.add_subcommand("export", "A run in the formats of other tools (docs/export.md)");
  exporting->add_option("RUN", options->run, "Id, name or 'latest'")->default_str("latest");
  AddDatabase(exporting, &options->database);
  exporting
      ->add_option("--ledger", options->ledger,
                   "Not of a run: what a process that nobody watched holds, or held at its end")
      ->type_name("FILE");
  exporting
      ->add_option("--format", options->format,
                   "Stacks: pprof, folded, speedscope; series: csv, openmetrics")
      ->required()
      ->check(CLI::IsMember({"pprof", "folded", "speedscope", "csv", "openmetrics"}));
  exporting->add_option("-o,--output", options->output, "File instead of stdout")
      ->type_name("FILE");
  options->sample_type = exports::InfoOf(exports::SampleType::kInuseSpace).name;
  exporting
      ->add_option("--sample-type", options->sample_type,
                   "Of stacks: alloc_objects, alloc_space, inuse_objects, inuse_space; pprof has "
                   "all and begins with this one")
      ->check(CLI::IsMember({"alloc_objects", "alloc_space", "inuse_objects", "inuse_space"}))
      ->default_str(options->sample_type);
  CLI::Option* base =
      exporting
          ->add_option("--base", options->base, "Of stacks: how they differ from those of this run")
          ->type_name("RUN");
  exporting
      ->add_flag("--growth", options->is_growth,
                 "Of stacks: what became more since the end of warm-up")
      ->excludes(base);
  exporting->add_option("--process", options->pid, "Of this process only")
      ->type_name("PID")
      ->check(CLI::Range(1, INT_MAX));
  exporting
      ->add_option("--symbol-server", options->symbol_server,
                   "Ask these debuginfod servers for debug files that are not here")
      ->type_name("URL");
  return exporting;
}

}  // namespace seep::agent
