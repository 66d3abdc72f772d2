// SPDX-License-Identifier: Apache-2.0
// seep baseline: the runs that others are compared with, under a name.
#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "agent/commands/anchors.h"
#include "agent/commands/commands.h"
#include "agent/commands/finish.h"
#include "agent/commands/print.h"
#include "agent/console.h"
#include "agent/watch/clock.h"
#include "analysis/regression/feature_words.h"
#include "storage/baseline/baseline_file.h"
#include "storage/model/units.h"
#include "storage/sqlite/baselines.h"

namespace seep::agent {
namespace {

using Json = nlohmann::ordered_json;

model::Result<sqlite::Database> OpenForChange(const std::string& path) {
  return sqlite::Database::Open(path, sqlite::OpenMode::kReadWrite);
}

model::Result<model::Baseline> Find(sqlite::Database& database, const std::string& name) {
  auto found = sqlite::FindBaseline(database, name);
  if (!found) return std::unexpected(found.error());
  if (*found) return std::move(**found);
  return model::Fail(model::Errc::kNotFound, "no baseline '" + name + "' in " + database.path() +
                                                 "; seep baseline list has those that are there");
}

std::string KindOf(const model::Baseline& baseline) {
  return baseline.is_pinned ? "pinned" : fmt::format("rolling, {}", baseline.keep);
}

std::string KeyOf(const model::RunKey& key) {
  const auto field = [](const std::string& text) { return text.empty() ? "any" : text; };
  return fmt::format("service {}, workload {}, host class {}, configuration {}", field(key.service),
                     field(key.workload), field(key.host_class), field(key.config_hash));
}

Json ToJson(const model::Baseline& baseline) {
  Json runs = Json::array();
  for (const model::RunSummary& run : baseline.runs) {
    Json features = Json::object();
    for (const model::RunFeature& feature : run.features) features[feature.name] = feature.value;
    runs.push_back({{"name", run.run_name},
                    {"started_at", model::FormatTimestamp(run.started_at_ns)},
                    {"host", run.host},
                    {"build", run.build},
                    {"observed_s", run.observed_s},
                    {"requests", run.requests},
                    {"stacks", run.stacks.size()},
                    {"features", std::move(features)}});
  }
  return {{"name", baseline.name},
          {"is_pinned", baseline.is_pinned},
          {"keep", baseline.keep},
          {"changed_at", model::FormatTimestamp(baseline.changed_at_ns)},
          {"key",
           {{"service", baseline.key.service},
            {"workload", baseline.key.workload},
            {"host_class", baseline.key.host_class},
            {"config_hash", baseline.key.config_hash}}},
          {"runs", std::move(runs)}};
}

// Why the run may not be in a baseline; empty: it may.
std::string WhyUnclean(const model::RunSummary& run) {
  if (run.growth_class == model::GrowthClass::kInsufficientData) {
    return "has too little data to be judged";
  }
  if (run.exit_code != model::ExitCode::kPass) {
    return std::string("did not pass (") + model::ToString(run.growth_class) + ")";
  }
  return {};
}

std::string WhyOther(const model::RunKey& a, const model::RunKey& b) {
  return a == b ? "" : KeyOf(a) + "; the other: " + KeyOf(b);
}

// The baseline as it will be before runs are added.
model::Result<model::Baseline> Begin(sqlite::Database& database, const BaselineOptions& options) {
  auto stored = sqlite::FindBaseline(database, options.name);
  if (!stored) return std::unexpected(stored.error());
  model::Baseline baseline{
      .name = options.name, .is_pinned = options.is_pinned, .key = {}, .runs = {}};
  if (*stored && !options.is_replaced) {
    if ((*stored)->is_pinned || options.is_pinned) {
      return model::Fail(model::Errc::kInvalidArgument,
                         "baseline '" + options.name + "' is there, and " +
                             ((*stored)->is_pinned ? "pinned" : "rolling") +
                             "; --replace makes it anew");
    }
    baseline = std::move(**stored);
  }
  if (options.keep) baseline.keep = *options.keep;
  return baseline;
}

}  // namespace

int BaselineSetCommand(const BaselineOptions& options) {
  auto database = OpenForChange(options.database);
  if (!database) return Fail(database.error());
  auto baseline = Begin(*database, options);
  if (!baseline) return Fail(baseline.error());
  for (const std::string& name : options.runs) {
    auto run = SummarizeRun(*database, name);
    if (!run) return Fail(run.error());
    const std::string unclean = WhyUnclean(*run);
    const bool is_judged = run->growth_class != model::GrowthClass::kInsufficientData;
    if (!unclean.empty() && !(is_judged && options.are_findings_accepted)) {
      return Fail({model::Errc::kInvalidArgument,
                   "run '" + name + "' " + unclean + ": it cannot be what others are measured by" +
                       (is_judged ? "; --accept-findings takes it nevertheless" : "")});
    }
    if (!baseline->runs.empty()) {
      const std::string other = WhyOther(baseline->runs.back().key, run->key);
      if (!other.empty()) {
        return Fail({model::Errc::kInvalidArgument,
                     "run '" + name + "' is of another kind than the baseline: " + other});
      }
    }
    AddRun(*baseline, std::move(*run));
  }
  baseline->changed_at_ns = NowNanoseconds(CLOCK_REALTIME);
  if (auto put = sqlite::PutBaseline(*database, *baseline); !put) return Fail(put.error());
  Say(fmt::format("baseline '{}' ({}): {} runs", baseline->name, KindOf(*baseline),
                  baseline->runs.size()));
  return ToInt(model::ExitCode::kPass);
}

int BaselineListCommand(const BaselineOptions& options) {
  auto database = OpenForReport(options.database);
  if (!database) return Fail(database.error());
  const auto baselines = sqlite::ListBaselines(*database);
  if (!baselines) return Fail(baselines.error());
  if (options.is_json) {
    Json json = Json::array();
    for (const model::Baseline& baseline : *baselines) json.push_back(ToJson(baseline));
    PrintJson(json);
    return ToInt(model::ExitCode::kPass);
  }
  if (baselines->empty()) {
    Print("no baselines in " + options.database + "; seep baseline set NAME RUN makes one\n");
    return ToInt(model::ExitCode::kPass);
  }
  Print(fmt::format("{:<20} {:<12} {:>4}  {:<20}  {}\n", "name", "kind", "runs", "changed", "of"));
  for (const model::Baseline& baseline : *baselines) {
    Print(fmt::format("{:<20} {:<12} {:>4}  {:<20}  {}\n", baseline.name, KindOf(baseline),
                      baseline.runs.size(), model::FormatTimestamp(baseline.changed_at_ns),
                      KeyOf(baseline.key)));
  }
  return ToInt(model::ExitCode::kPass);
}

int BaselineShowCommand(const BaselineOptions& options) {
  auto database = OpenForReport(options.database);
  if (!database) return Fail(database.error());
  const auto baseline = Find(*database, options.name);
  if (!baseline) return Fail(baseline.error());
  if (options.is_json) {
    PrintJson(ToJson(*baseline));
    return ToInt(model::ExitCode::kPass);
  }
  Print(fmt::format("baseline {} ({})\n  of       {}\n  changed  {}\n", baseline->name,
                    KindOf(*baseline), KeyOf(baseline->key),
                    model::FormatTimestamp(baseline->changed_at_ns)));
  for (const model::RunSummary& run : baseline->runs) {
    Print(fmt::format("\nrun {}  {}, {} on {}, {} stacks{}\n", run.run_name,
                      model::FormatTimestamp(run.started_at_ns),
                      model::FormatDuration(run.observed_s), run.host, run.stacks.size(),
                      run.build.empty() ? "" : ", build " + run.build));
    for (const model::RunFeature& feature : run.features) {
      Print(fmt::format("  {:<40} {}\n", feature.name,
                        analysis::FeatureValue(feature.value, feature.unit)));
    }
  }
  return ToInt(model::ExitCode::kPass);
}

int BaselineRemoveCommand(const BaselineOptions& options) {
  auto database = OpenForChange(options.database);
  if (!database) return Fail(database.error());
  if (auto removed = sqlite::RemoveBaseline(*database, options.name); !removed) {
    return Fail(removed.error());
  }
  Say("baseline '" + options.name + "' is removed");
  return ToInt(model::ExitCode::kPass);
}

int BaselineExportCommand(const BaselineOptions& options) {
  auto database = OpenForReport(options.database);
  if (!database) return Fail(database.error());
  const auto baseline = Find(*database, options.name);
  if (!baseline) return Fail(baseline.error());
  const std::string path = options.file.empty() ? options.name + ".seep" : options.file;
  if (auto written = baseline::WriteFile(path, *baseline); !written) return Fail(written.error());
  std::error_code ignored;
  Say(fmt::format(
      "baseline '{}': {} runs, {} in {}", baseline->name, baseline->runs.size(),
      model::FormatBytes(static_cast<double>(std::filesystem::file_size(path, ignored))), path));
  return ToInt(model::ExitCode::kPass);
}

int BaselineImportCommand(const BaselineOptions& options) {
  auto baseline = baseline::ReadFile(options.file);
  if (!baseline) return Fail(baseline.error());
  if (!options.name.empty()) baseline->name = options.name;
  auto database = sqlite::Database::Open(options.database, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return Fail(database.error());
  const auto stored = sqlite::FindBaseline(*database, baseline->name);
  if (!stored) return Fail(stored.error());
  if (*stored && !options.is_replaced) {
    return Fail({model::Errc::kInvalidArgument, "baseline '" + baseline->name + "' is in " +
                                                    options.database +
                                                    "; --replace takes that of the file"});
  }
  if (auto put = sqlite::PutBaseline(*database, *baseline); !put) return Fail(put.error());
  Say(fmt::format("baseline '{}' ({}): {} runs from {}", baseline->name, KindOf(*baseline),
                  baseline->runs.size(), options.file));
  return ToInt(model::ExitCode::kPass);
}

}  // namespace seep::agent
