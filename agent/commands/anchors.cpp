// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/anchors.h"

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "agent/commands/judge.h"
#include "storage/baseline/baseline_file.h"
#include "storage/sqlite/baselines.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

bool IsFile(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(name, ignored);
}

std::string Known(sqlite::Database& database) {
  const auto baselines = sqlite::ListBaselines(database);
  if (!baselines || baselines->empty()) return "there is none";
  std::string names;
  for (const model::Baseline& one : *baselines) names += (names.empty() ? "" : ", ") + one.name;
  return "there are: " + names;
}

model::Result<model::Baseline> FindAnchor(sqlite::Database& database, const std::string& name) {
  if (IsFile(name)) return baseline::ReadFile(name);
  auto stored = sqlite::FindBaseline(database, name);
  if (!stored) return std::unexpected(stored.error());
  if (*stored) return std::move(**stored);
  // One run: a baseline of one.
  auto summary = SummarizeRun(database, name);
  if (!summary && summary.error().code == model::Errc::kNotFound) {
    return model::Fail(model::Errc::kNotFound,
                       "no baseline, run or file '" + name + "'; of baselines in " +
                           database.path() + " " + Known(database) +
                           "; make one with: seep baseline set " + name + " RUN");
  }
  if (!summary) return std::unexpected(summary.error());
  model::Baseline of_one{
      .name = summary->run_name, .is_pinned = true, .keep = 1, .key = summary->key};
  of_one.runs.push_back(std::move(*summary));
  return of_one;
}

// What is named and is not there, or not whole, is a wrong word of the user's, not our failure.
model::Error AsTheUsersWord(model::Error error) {
  if (error.code != model::Errc::kIo && error.code != model::Errc::kBusy) {
    error.code = model::Errc::kInvalidArgument;
  }
  return error;
}

}  // namespace

model::Result<std::vector<model::Baseline>> FindAnchors(sqlite::Database& database,
                                                        const std::vector<std::string>& names) {
  std::vector<model::Baseline> anchors;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (!seen.insert(name).second) {
      return model::Fail(model::Errc::kInvalidArgument, "baseline '" + name + "' is named twice");
    }
    auto anchor = FindAnchor(database, name);
    if (!anchor) return std::unexpected(AsTheUsersWord(anchor.error()));
    anchors.push_back(std::move(*anchor));
  }
  std::ranges::stable_sort(anchors, {}, &model::Baseline::is_pinned);
  return anchors;
}

model::Result<model::RunSummary> SummarizeRun(sqlite::Database& database, const std::string& run) {
  const auto found = sqlite::FindRun(database, run);
  if (!found) return std::unexpected(found.error());
  JudgeSettings settings;
  settings.needs_summary = true;
  auto judgement = Judge(database, found->id, settings);
  if (!judgement) return std::unexpected(judgement.error());
  return std::move(*judgement->summary);
}

model::RunKey CompleteKey(model::RunKey key, const std::string& program) {
  if (key.service.empty()) key.service = std::filesystem::path(program).filename().string();
  if (key.host_class.empty()) {
    utsname machine{};
    uname(&machine);
    key.host_class =
        std::string(machine.machine) + "-" + std::to_string(std::thread::hardware_concurrency());
  }
  return key;
}

void AddRun(model::Baseline& baseline, model::RunSummary run) {
  std::erase_if(baseline.runs, [&run](const model::RunSummary& other) {
    return other.started_at_ns == run.started_at_ns && other.run_name == run.run_name &&
           other.host == run.host;
  });
  baseline.key = run.key;
  baseline.runs.push_back(std::move(run));
  if (!baseline.is_pinned && baseline.runs.size() > baseline.keep) {
    baseline.runs.erase(baseline.runs.begin(),
                        baseline.runs.end() - static_cast<std::ptrdiff_t>(baseline.keep));
  }
}

}  // namespace seep::agent
