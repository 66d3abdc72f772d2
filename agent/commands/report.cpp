// SPDX-License-Identifier: Apache-2.0
// seep report: the verdict of a stored run, or of a ledger, in one or more formats.
#include <algorithm>
#include <utility>

#include "agent/commands/anchors.h"
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/judge.h"
#include "agent/commands/ledger_run.h"
#include "agent/commands/load_policy.h"
#include "agent/commands/output_file.h"
#include "agent/commands/report_formats.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

JudgeSettings SettingsOf(const ReportOptions& options) {
  JudgeSettings settings{options.limit_bytes, options.symbol_server};
  settings.source_roots = SourceRoots(options.source_roots);
  settings.is_drawn = std::ranges::any_of(options.formats, [](const std::string& name) {
    const auto format = FindReportFormat(name);
    return format && (*format)->is_drawn;
  });
  return settings;
}

model::Result<Judgement> JudgeRun(const ReportOptions& options,
                                  const std::optional<model::Policy>& policy) {
  auto database = OpenForReport(options.database);
  if (!database) return std::unexpected(database.error());
  const auto run = sqlite::FindRun(*database, options.run);
  if (!run) return std::unexpected(run.error());
  JudgeSettings settings = SettingsOf(options);
  auto anchors = FindAnchors(*database, options.baselines);
  if (!anchors) return std::unexpected(anchors.error());
  settings.anchors = std::move(*anchors);
  settings.policy = policy;
  for (const std::string& name : options.earlier) {
    auto summary = SummarizeRun(*database, name);
    if (!summary) return std::unexpected(summary.error());
    settings.earlier.push_back(std::move(*summary));
  }
  return Judge(*database, run->id, settings);
}

model::Result<Judgement> JudgeLedger(const ReportOptions& options,
                                     const std::optional<model::Policy>& policy) {
  auto data = ReadLedgerAsRun(options.ledger);
  if (!data) return std::unexpected(data.error());
  JudgeSettings settings = SettingsOf(options);
  settings.policy = policy;
  return Judge(std::move(*data), settings);
}

}  // namespace

int ReportCommand(const ReportOptions& options) {
  std::vector<const ReportFormat*> formats;
  for (const std::string& name : options.formats) {
    const auto format = FindReportFormat(name);
    if (!format) return Fail(format.error());
    formats.push_back(*format);
  }
  const auto policy = LoadPolicy(options.policy);
  if (!policy) return Fail(policy.error());
  const auto judgement =
      options.ledger.empty() ? JudgeRun(options, *policy) : JudgeLedger(options, *policy);
  if (!judgement) return Fail(judgement.error());
  for (const ReportFormat* format : formats) {
    // With several formats --output is a base name.
    const bool is_base = formats.size() > 1 && !options.output.empty();
    const std::string path = is_base ? options.output + format->suffix : options.output;
    if (auto written = WriteOutput(path, format->write(judgement->Input())); !written) {
      return Fail(written.error());
    }
  }
  return ToInt(judgement->verdict.exit_code);
}

}  // namespace seep::agent
