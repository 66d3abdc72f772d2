// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

#include "agent/commands/anchors.h"
#include "agent/commands/judge.h"
#include "agent/commands/load_policy.h"
#include "agent/commands/output_file.h"
#include "agent/console.h"
#include "agent/watch/clock.h"
#include "storage/sqlite/baselines.h"

namespace seep::agent {
namespace {

// A run that passed, or the first of all that would have, had there been one to compare with.
model::Status UpdateBaseline(model::Baseline baseline, const Judgement& judgement,
                             sqlite::Database& database) {
  const bool is_clean =
      judgement.verdict.exit_code == model::ExitCode::kPass ||
      (baseline.runs.empty() && judgement.summary->exit_code == model::ExitCode::kPass);
  if (!is_clean) {
    Say("baseline '" + baseline.name + "' stays as it is: the run did not pass");
    return {};
  }
  // Other runs may have joined it in the hours since this one began.
  auto stored = sqlite::FindBaseline(database, baseline.name);
  if (!stored) return std::unexpected(stored.error());
  if (*stored) baseline = std::move(**stored);
  AddRun(baseline, *judgement.summary);
  baseline.changed_at_ns = NowNanoseconds(CLOCK_REALTIME);
  if (auto put = sqlite::PutBaseline(database, baseline); !put) return put;
  Say(fmt::format("baseline '{}' has this run now, the newest of {}", baseline.name,
                  baseline.runs.size()));
  return {};
}

}  // namespace

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

model::Result<GateInputs> PrepareGate(const WatchOptions& options, sqlite::Database& database) {
  std::vector<std::string> names = options.baselines;
  GateInputs gate;
  auto policy = LoadPolicy(options.policy);
  if (!policy) return std::unexpected(policy.error());
  gate.policy = std::move(*policy);
  if (options.is_early_stop && gate.policy && !gate.policy->suppressions.empty()) {
    return model::Fail(model::Errc::kInvalidArgument,
                       "--stop-early ends a run at growth that " + options.policy +
                           " suppresses, before anything new is seen; leave it out");
  }
  if (options.is_baseline_updated) {
    auto first = sqlite::FindBaseline(database, names.front());
    if (!first) return std::unexpected(first.error());
    if (*first && (*first)->is_pinned) {
      return model::Fail(
          model::Errc::kInvalidArgument,
          "baseline '" + names.front() +
              "' is pinned and stays as it is; --update-baseline takes a rolling one");
    }
    gate.anchors.push_back(*first ? std::move(**first) : model::Baseline{.name = names.front()});
    names.erase(names.begin());
  }
  auto others = FindAnchors(database, names);
  if (!others) return std::unexpected(others.error());
  std::ranges::move(*others, std::back_inserter(gate.anchors));
  return gate;
}

int FinishWatch(const WatchOptions& options, const GateInputs& gate, sqlite::Database& database,
                Recorder& recorder, double duration_s, std::optional<int> target_exit) {
  const auto finished = recorder.Finish(duration_s, target_exit);
  JudgeSettings settings;
  settings.anchors = gate.anchors;
  settings.source_roots = SourceRoots(options.source_roots);
  settings.is_drawn = std::ranges::any_of(
      options.reports, [](const ReportFile& file) { return file.format->is_drawn; });
  settings.policy = gate.policy;
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
    const auto written = WriteOutput(file.path, file.format->write(judgement->Input()));
    if (!written) failure = Fail(written.error());
  }
  if (failure) return *failure;
  if (!finished) return Fail(finished.error());
  if (options.is_baseline_updated) {
    if (auto updated = UpdateBaseline(gate.anchors.front(), *judgement, database); !updated) {
      return Fail(updated.error());
    }
  }
  return ToInt(judgement->verdict.exit_code);
}

}  // namespace seep::agent
