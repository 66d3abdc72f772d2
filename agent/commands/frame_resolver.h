// SPDX-License-Identifier: Apache-2.0
// From the addresses of a run's stacks to functions, files and lines, each address once.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "agent/symbols/symbol_server.h"
#include "agent/symbols/symbolizer.h"
#include "analysis/export/profile.h"
#include "storage/model/stack.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/symbol_cache.h"

namespace seep::agent {

// `modules` outlives it. Used from one thread.
class FrameResolver {
 public:
  // `database` holds symbols resolved before; null: there is none. `server` is asked for debug
  // files that are not here; null: nobody is.
  FrameResolver(sqlite::Database* database, const std::vector<model::Module>& modules,
                symbols::SymbolServer* server);

  // Several for an inlined call, innermost first; never empty.
  const std::vector<model::SourceFrame>& Resolve(const model::Frame& frame);

  // A whole stack by address, innermost first, without the frames of the allocator. Valid as long
  // as the resolver.
  std::vector<exports::Call> ResolveCalls(const model::Stack& stack);

  // The same by function.
  std::vector<model::SourceFrame> ResolveStack(const model::Stack& stack);

  // Stores what was newly resolved. A database opened for reading only keeps nothing: the next
  // report resolves again.
  void Keep();

  const std::vector<std::string>& Warnings() const { return symbolizer_.Warnings(); }

 private:
  std::vector<model::SourceFrame> ResolveNew(const model::Frame& frame);

  sqlite::Database* database_;
  std::map<model::ModuleId, const model::Module*> modules_;
  symbols::Symbolizer symbolizer_;
  std::map<std::pair<model::ModuleId, uint64_t>, std::vector<model::SourceFrame>> known_;
  std::vector<sqlite::CachedSymbol> resolved_;
};

}  // namespace seep::agent
