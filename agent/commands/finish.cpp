// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/finish.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "agent/commands/judge.h"
#include "agent/console.h"

namespace seep::agent {

int Fail(const model::Error& error) {
  Say(error.message, Severity::kError);
  return ToInt(error.code == model::Errc::kInvalidArgument ? model::ExitCode::kUsage
                                                           : model::ExitCode::kFailed);
}

model::Result<sqlite::Database> OpenForReport(const std::string& path) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadWrite);
  if (database || database.error().code != model::Errc::kIo) return database;
  return sqlite::Database::Open(path, sqlite::OpenMode::kReadOnly);
}

int FinishWatch(const WatchOptions& options, sqlite::Database& database, Recorder& recorder,
                double duration_s, std::optional<int> target_exit) {
  const auto finished = recorder.Finish(duration_s, target_exit);
  JudgeSettings settings;
  settings.source_roots = SourceRoots(options.source_roots);
  const auto judgement = Judge(database, recorder.run().id, settings);
  if (!judgement) return Fail(judgement.error());
  const std::string text = report::ToText(judgement->Input());
  Say("the run has ended");
  std::fputs(text.c_str(), stderr);
  if (options.is_json) std::fputs(report::ToJson(judgement->Input()).c_str(), stdout);
  std::error_code ignored;
  const std::string path = std::filesystem::absolute(options.database, ignored).string();
  Say(fmt::format("database {}, run {} '{}'; again: seep report --db {} {}", path,
                  static_cast<int64_t>(recorder.run().id), recorder.run().name, path,
                  static_cast<int64_t>(recorder.run().id)));
  // Each as far as it can be written: one full disk does not cost the other reports.
  std::optional<int> failure;
  for (const ReportFile& file : options.reports) {
    const auto written = WriteReport(file.path, file.format->write(judgement->Input()));
    if (!written) failure = Fail(written.error());
  }
  if (failure) return *failure;
  if (!finished) return Fail(finished.error());
  return ToInt(judgement->verdict.exit_code);
}

}  // namespace seep::agent
