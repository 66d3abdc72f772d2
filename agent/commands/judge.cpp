// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/judge.h"

#include <set>
#include <utility>

#include "agent/commands/frame_resolver.h"
#include "agent/symbols/symbol_server.h"
#include "agent/watch/clock.h"
#include "analysis/gate.h"
#include "analysis/policy/apply.h"
#include "analysis/regression/compare.h"
#include "analysis/regression/summarize.h"
#include "analysis/report/drawn_stacks.h"
#include "analysis/verdict.h"
#include "storage/sqlite/baselines.h"
#include "storage/sqlite/queries.h"

namespace seep::agent {
namespace {

// Every stack whose frames a report shows.
std::set<model::StackId> Wanted(const model::RunData& data, const model::Verdict& verdict,
                                const JudgeSettings& settings) {
  std::set<model::StackId> wanted = report::NamedStacks(verdict);
  if (!settings.is_drawn) return wanted;
  for (const report::DrawnStack& stack : report::ChooseStacks(data, verdict).drawn) {
    wanted.insert(stack.history->stack.id);
  }
  return wanted;
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
  const std::set<model::StackId> wanted = Wanted(judgement.data, judgement.verdict, settings);
  for (const model::StackHistory& history : judgement.data.stacks) {
    if (!wanted.contains(history.stack.id)) continue;
    judgement.frames[history.stack.id] = resolver.ResolveStack(history.stack);
  }
  if (settings.needs_summary || !settings.anchors.empty() || settings.policy) {
    judgement.summary = analysis::Summarize(
        judgement.data, judgement.verdict, KeyOf(database, judgement.data),
        [&resolver](const model::Stack& stack) { return resolver.ResolveStack(stack); });
  }
  resolver.Keep();
  if (!settings.anchors.empty()) {
    std::vector<model::RunSummary> runs = settings.earlier;
    runs.push_back(*judgement.summary);
    judgement.verdict.comparison = analysis::Compare(settings.anchors, runs);
  }
  if (settings.policy) {
    judgement.verdict.policy =
        analysis::ApplyPolicy(*settings.policy, *judgement.summary, settings.anchors,
                              judgement.frames, NowNanoseconds(CLOCK_REALTIME), judgement.verdict);
  }
  analysis::Decide(judgement.verdict);
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
