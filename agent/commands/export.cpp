// SPDX-License-Identifier: Apache-2.0
// seep export: the stacks or the series of a stored run, or of a ledger, for other tools.
#include <fmt/format.h>
#include <unistd.h>

#include <optional>
#include <set>
#include <utility>

#include "agent/commands/commands.h"
#include "agent/commands/export_profile.h"
#include "agent/commands/finish.h"
#include "agent/commands/ledger_run.h"
#include "agent/commands/output_file.h"
#include "agent/console.h"
#include "agent/serve/run_open_metrics.h"
#include "analysis/export/csv.h"
#include "analysis/export/flame_graph.h"
#include "analysis/export/pprof.h"
#include "storage/model/units.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

struct Source {
  std::optional<sqlite::Database> database;  // nothing: a ledger
  model::RunData data;
  std::optional<model::RunData> base;
};

model::Result<model::RunData> LoadRun(sqlite::Database& database, const std::string& text) {
  const auto run = sqlite::FindRun(database, text);
  if (!run) return std::unexpected(run.error());
  return sqlite::LoadRun(database, run->id);
}

model::Result<Source> Load(const ExportOptions& options) {
  Source source;
  if (!options.ledger.empty()) {
    auto data = ReadLedgerAsRun(options.ledger);
    if (!data) return std::unexpected(data.error());
    source.data = std::move(*data);
    return source;
  }
  auto database = OpenForReport(options.database);
  if (!database) return std::unexpected(database.error());
  source.database = std::move(*database);
  auto data = LoadRun(*source.database, options.run);
  if (!data) return std::unexpected(data.error());
  source.data = std::move(*data);
  if (options.base.empty()) return source;
  auto base = LoadRun(*source.database, options.base);
  if (!base) return std::unexpected(base.error());
  source.base = std::move(*base);
  return source;
}

std::string NameOf(const model::Run& run) {
  return fmt::format("run {} '{}'", static_cast<int64_t>(run.id), run.name);
}

model::Status CheckProcess(const model::RunData& data, int pid) {
  std::set<int> pids;
  for (const model::Target& target : data.targets) pids.insert(target.pid);
  if (pid == 0 || pids.contains(pid)) return {};
  return model::Fail(
      model::Errc::kNotFound,
      fmt::format("{} has no process {}; it has {}", NameOf(data.run), pid, fmt::join(pids, ", ")));
}

model::Status CheckHeap(const model::RunData& data) {
  if (!data.stacks.empty()) return {};
  const std::string why = data.targets.empty() ? "it has no process" : data.targets.front().probe;
  return model::Fail(
      model::Errc::kNotFound,
      fmt::format("{} has no stacks ({}); --format csv or openmetrics has its series",
                  NameOf(data.run), why));
}

void KeepProcess(model::RunData& data, int pid) {
  std::set<model::TargetId> kept;
  for (const model::Target& target : data.targets) {
    if (target.pid == pid) kept.insert(target.id);
  }
  std::erase_if(data.series,
                [&](const auto& series) { return !kept.contains(series.series.target); });
  data.load.clear();  // is of all processes together
}

// A flame graph cannot show less than nothing.
void SayWhatFell(const exports::FunctionStacks& stacks, const exports::SampleTypeInfo& type) {
  if (stacks.fallen_stacks == 0) return;
  Say(fmt::format(
          "{} stacks became less, by {} together, and are left out; --format pprof has them",
          stacks.fallen_stacks,
          model::FormatQuantity(-static_cast<double>(stacks.fallen_total), type.unit)),
      Severity::kWarning);
}

model::Result<std::string> WriteStacks(const ExportOptions& options, Source& source) {
  for (const model::RunData* data : {&source.data, source.base ? &*source.base : nullptr}) {
    if (data == nullptr) continue;
    if (const auto heap = CheckHeap(*data); !heap) return std::unexpected(heap.error());
  }
  const ProfileRequest request{.data = source.data,
                               .base = source.base ? &*source.base : nullptr,
                               .pid = options.pid != 0 ? std::optional(options.pid) : std::nullopt,
                               .is_growth = options.is_growth};
  std::optional<symbols::SymbolServer> server;
  if (!options.symbol_server.empty()) server.emplace(options.symbol_server);
  const std::vector<model::Module> modules = ModulesOf(request);
  FrameResolver resolver(source.database ? &*source.database : nullptr, modules,
                         server ? &*server : nullptr);
  const auto profile = MakeProfile(request, resolver);
  if (!profile) return std::unexpected(profile.error());
  resolver.Keep();
  for (const std::string& warning : resolver.Warnings()) Say(warning, Severity::kWarning);
  if (server && !server->status().last_error.empty()) {
    Say("symbol server " + server->status().last_error, Severity::kWarning);
  }

  const exports::SampleType type = *exports::ParseSampleType(options.sample_type);
  if (options.format == "pprof") return exports::ToPprof(*profile, type);
  const exports::FunctionStacks stacks = exports::MergeByFunction(*profile, type);
  SayWhatFell(stacks, exports::InfoOf(type));
  if (options.format == "folded") return exports::ToFolded(stacks);
  return exports::ToSpeedscope(stacks, type, source.data.run.name, "seep " SEEP_VERSION);
}

model::Result<std::string> Write(const ExportOptions& options) {
  const bool is_of_series = options.format == "csv" || options.format == "openmetrics";
  if (is_of_series && (!options.base.empty() || options.is_growth)) {
    return model::Fail(
        model::Errc::kInvalidArgument,
        "--base and --growth are of stacks; use --format pprof, folded or speedscope");
  }
  if (!options.ledger.empty() && (!options.base.empty() || options.is_growth)) {
    return model::Fail(model::Errc::kInvalidArgument,
                       "--base and --growth are of runs; a ledger is one moment");
  }
  auto source = Load(options);
  if (!source) return std::unexpected(source.error());
  if (const auto has = CheckProcess(source->data, options.pid); !has) {
    return std::unexpected(has.error());
  }
  if (!is_of_series) return WriteStacks(options, *source);
  if (options.pid != 0) KeepProcess(source->data, options.pid);
  return options.format == "csv" ? exports::ToCsv(source->data)
                                 : serve::RunOpenMetrics(source->data);
}

}  // namespace

int ExportCommand(const ExportOptions& options) {
  if (options.format == "pprof" && options.output.empty() && isatty(STDOUT_FILENO) == 1) {
    return Fail({model::Errc::kInvalidArgument,
                 "pprof is a binary format, not for a terminal; write it to a file with -o FILE"});
  }
  const auto content = Write(options);
  if (!content) return Fail(content.error());
  if (const auto written = WriteOutput(options.output, *content); !written) {
    return Fail(written.error());
  }
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
