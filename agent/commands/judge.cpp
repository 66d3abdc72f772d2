// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/judge.h"

#include <set>
#include <utility>

#include "agent/commands/frame_resolver.h"
#include "agent/symbols/symbol_server.h"
#include "analysis/gate.h"
#include "analysis/regression/compare.h"
#include "analysis/regression/summarize.h"
#include "analysis/verdict.h"
#include "storage/sqlite/baselines.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

// Every stack that the verdict speaks of.
std::set<model::StackId> Named(const model::Verdict& verdict) {
  std::set<model::StackId> stacks;
  for (const model::StackVerdict& stack : verdict.stacks) stacks.insert(stack.stack);
  for (const model::HeapStanding& heap : verdict.heaps) {
    for (const model::StackStanding& stack : heap.stacks) stacks.insert(stack.stack);
  }
  return stacks;
}

// As it was told when the run began, or what its command says.
model::RunKey KeyOf(sqlite::Database* database, const model::RunData& data) {
  if (database != nullptr) {
    if (auto key = sqlite::GetRunKey(*database, data.run.id); key && *key) return **key;
  }
  model::RunKey key;
  if (!data.targets.empty()) key.service = model::ProgramName(data.targets.front());
  return key;
}

Judgement JudgeWith(sqlite::Database* database, model::RunData data,
                    const JudgeSettings& settings) {
  Judgement judgement{.data = std::move(data),
                      .verdict = {},
                      .frames = {},
                      .warnings = {},
                      .symbol_server = {},
                      .summary = {},
                      .source_roots = settings.source_roots};
  judgement.verdict = analysis::Analyze(judgement.data);

  std::optional<symbols::SymbolServer> server;
  if (!settings.symbol_server.empty()) server.emplace(settings.symbol_server);
  FrameResolver resolver(database, judgement.data.modules, server ? &*server : nullptr);
  const std::set<model::StackId> wanted = Named(judgement.verdict);
  for (const model::StackHistory& history : judgement.data.stacks) {
    if (!wanted.contains(history.stack.id)) continue;
    judgement.frames[history.stack.id] = resolver.ResolveStack(history.stack);
  }
  if (settings.needs_summary || !settings.anchors.empty()) {
    judgement.summary = analysis::Summarize(
        judgement.data, judgement.verdict, KeyOf(database, judgement.data),
        [&resolver](const model::Stack& stack) { return resolver.ResolveStack(stack); });
  }
  resolver.Keep();
  if (!settings.anchors.empty()) {
    std::vector<model::RunSummary> runs = settings.earlier;
    runs.push_back(*judgement.summary);
    judgement.verdict.comparison = analysis::Compare(settings.anchors, runs);
    analysis::Decide(judgement.verdict);
  }
  for (const model::Event& event : judgement.data.events) {
    if (event.kind == "warning" || event.kind == "early-stop")
      judgement.warnings.push_back(event.message);
  }
  for (const std::string& warning : resolver.Warnings()) judgement.warnings.push_back(warning);
  if (!server) return judgement;
  const resilience::BreakerStatus status = server->status();
  judgement.symbol_server = {status.statistics.requests, status.statistics.failures,
                             status.statistics.rejected, status.last_error};
  if (!status.last_error.empty()) {
    judgement.warnings.push_back("symbol server " + status.last_error +
                                 ": functions of stripped modules may have no names");
  }
  return judgement;
}

}  // namespace

model::Result<Judgement> Judge(sqlite::Database& database, model::RunId run,
                               const JudgeSettings& settings) {
  auto data = sqlite::LoadRun(database, run);
  if (!data) return std::unexpected(data.error());
  model::LimitTo(data->run, settings.limit_bytes);
  return JudgeWith(&database, std::move(*data), settings);
}

Judgement Judge(model::RunData data, const JudgeSettings& settings) {
  return JudgeWith(nullptr, std::move(data), settings);
}

}  // namespace seep::agent
