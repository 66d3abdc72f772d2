// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/judge.h"

#include <set>
#include <utility>

#include "agent/symbols/allocator_frames.h"
#include "agent/symbols/symbol_server.h"
#include "agent/symbols/symbolizer.h"
#include "analysis/verdict.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/symbol_cache.h"

namespace seep::agent {
namespace {

class FrameResolver {
 public:
  // `database` holds symbols resolved before; null: there is none. So with `server`.
  FrameResolver(sqlite::Database* database, const std::vector<model::Module>& modules,
                symbols::SymbolServer* server)
      : database_(database), symbolizer_({.server = server}) {
    for (const model::Module& module : modules) modules_[module.id] = &module;
  }

  std::vector<model::SourceFrame> Resolve(const model::Frame& frame) {
    const auto found = modules_.find(frame.module);
    const model::Module module = found != modules_.end() ? *found->second : model::Module{};
    if (database_ != nullptr && !module.build_id.empty()) {
      const auto cached = sqlite::GetSymbol(*database_, module.build_id, frame.address);
      if (cached && *cached) return **cached;
    }
    const size_t warnings_before = symbolizer_.Warnings().size();
    auto frames = symbolizer_.Resolve(module, frame.address, /*is_return_address=*/true);
    // What could not be resolved today may be tomorrow, with the debug package installed.
    const bool is_resolved = !frames.front().file.empty() && !module.build_id.empty() &&
                             symbolizer_.Warnings().size() == warnings_before;
    if (is_resolved) resolved_.push_back({module.build_id, frame.address, frames});
    return frames;
  }

  // A database opened for reading only keeps nothing: the next report resolves again.
  void Keep() {
    if (database_ == nullptr) return;
    [[maybe_unused]] const auto kept = sqlite::PutSymbols(*database_, resolved_);
  }

  const std::vector<std::string>& Warnings() const { return symbolizer_.Warnings(); }

 private:
  sqlite::Database* database_;
  std::map<model::ModuleId, const model::Module*> modules_;
  symbols::Symbolizer symbolizer_;
  std::vector<sqlite::CachedSymbol> resolved_;
};

// Every stack that the verdict speaks of.
std::set<model::StackId> Named(const model::Verdict& verdict) {
  std::set<model::StackId> stacks;
  for (const model::StackVerdict& stack : verdict.stacks) stacks.insert(stack.stack);
  for (const model::HeapStanding& heap : verdict.heaps) {
    for (const model::StackStanding& stack : heap.stacks) stacks.insert(stack.stack);
  }
  return stacks;
}

Judgement JudgeWith(sqlite::Database* database, model::RunData data,
                    const JudgeSettings& settings) {
  Judgement judgement{
      .data = std::move(data), .verdict = {}, .frames = {}, .warnings = {}, .symbol_server = {}};
  judgement.verdict = analysis::Analyze(judgement.data);

  std::optional<symbols::SymbolServer> server;
  if (!settings.symbol_server.empty()) server.emplace(settings.symbol_server);
  FrameResolver resolver(database, judgement.data.modules, server ? &*server : nullptr);
  const std::set<model::StackId> wanted = Named(judgement.verdict);
  for (const model::StackHistory& history : judgement.data.stacks) {
    if (!wanted.contains(history.stack.id)) continue;
    auto& frames = judgement.frames[history.stack.id];
    for (const model::Frame& frame : history.stack.frames) {
      for (model::SourceFrame& resolved : resolver.Resolve(frame)) {
        frames.push_back(std::move(resolved));
      }
    }
    frames.erase(frames.begin(),
                 frames.begin() + static_cast<long>(symbols::LeadingAllocatorFrames(frames)));
  }
  resolver.Keep();
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
