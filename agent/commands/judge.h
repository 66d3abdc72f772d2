// SPDX-License-Identifier: Apache-2.0
// From a stored run to a report: load, analyse, resolve the frames, print.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/report/report.h"
#include "storage/model/baseline.h"
#include "storage/model/run_data.h"
#include "storage/model/verdict.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

// Everything that a report needs, self-contained.
struct Judgement {
  model::RunData data;
  model::Verdict verdict;
  std::map<model::StackId, std::vector<model::SourceFrame>> frames;
  std::vector<std::string> warnings;
  std::optional<report::SymbolServerUse> symbol_server;
  std::optional<model::RunSummary> summary;  // where it was asked for
  std::vector<std::string> source_roots;

  report::ReportInput Input() const {
    return {data, verdict, frames, warnings, symbol_server, source_roots};
  }
};

struct JudgeSettings {
  uint64_t limit_bytes = 0;   // of memory, in place of that of the run; 0: that of the run
  std::string symbol_server;  // URLs that are asked for debug files; empty: nobody is
  bool is_drawn = false;      // frames of all stacks that a flame graph has (drawn_stacks.h)
  bool needs_summary = false;
  // What the run is compared with; empty: nothing.
  std::vector<model::Baseline> anchors{};
  std::vector<model::RunSummary> earlier{};  // runs of the same build, judged with this one
  std::vector<std::string> source_roots{};   // of the reports (report.h)
  std::optional<model::Policy> policy{};     // that it is held against
};

// Newly resolved symbols are kept in the database where it can be written.
model::Result<Judgement> Judge(sqlite::Database& database, model::RunId run,
                               const JudgeSettings& settings = {});
// The same of a run that is in no database.
Judgement Judge(model::RunData data, const JudgeSettings& settings = {});

}  // namespace seep::agent
