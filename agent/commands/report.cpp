// SPDX-License-Identifier: Apache-2.0
// seep report: the verdict of a stored run, or of a ledger, in one or more formats.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "agent/commands/anchors.h"
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/judge.h"
#include "agent/commands/ledger_run.h"
#include "agent/commands/load_policy.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

struct Format {
  const char* name;
  const char* suffix;
  std::string (*write)(const report::ReportInput&);
};
constexpr Format kFormats[] = {{"text", ".txt", &report::ToText},
                               {"json", ".json", &report::ToJson}};

const Format* FindFormat(const std::string& name) {
  for (const Format& format : kFormats) {
    if (name == format.name) return &format;
  }
  return nullptr;
}

model::Status WriteOutput(const std::string& path, const std::string& content) {
  if (path.empty()) {
    const bool is_written = std::fputs(content.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
    return is_written ? model::Status{} : model::FailErrno("writing the report");
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  return file ? model::Status{} : model::FailErrno("writing " + path);
}

model::Result<Judgement> JudgeRun(const ReportOptions& options,
                                  const std::optional<model::Policy>& policy) {
  auto database = OpenForReport(options.database);
  if (!database) return std::unexpected(database.error());
  const auto run = sqlite::FindRun(*database, options.run);
  if (!run) return std::unexpected(run.error());
  JudgeSettings settings{options.limit_bytes, options.symbol_server};
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
  JudgeSettings settings{options.limit_bytes, options.symbol_server};
  settings.policy = policy;
  return Judge(std::move(*data), settings);
}

}  // namespace

int ReportCommand(const ReportOptions& options) {
  for (const std::string& name : options.formats) {
    if (FindFormat(name) == nullptr) {
      return Fail(
          {model::Errc::kInvalidArgument, "format '" + name + "' is not known; use text or json"});
    }
  }
  const auto policy = LoadPolicy(options.policy);
  if (!policy) return Fail(policy.error());
  const auto judgement =
      options.ledger.empty() ? JudgeRun(options, *policy) : JudgeLedger(options, *policy);
  if (!judgement) return Fail(judgement.error());
  for (const std::string& name : options.formats) {
    const Format& format = *FindFormat(name);
    // With several formats --output is a base name.
    const bool is_base = options.formats.size() > 1 && !options.output.empty();
    const std::string path = is_base ? options.output + format.suffix : options.output;
    if (auto written = WriteOutput(path, format.write(judgement->Input())); !written) {
      return Fail(written.error());
    }
  }
  return ToInt(judgement->verdict.exit_code);
}

}  // namespace seep::agent
