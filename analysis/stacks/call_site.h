// SPDX-License-Identifier: Apache-2.0
// What stacks have in common: the place in the program that they allocate from. One leak may be
// reached by many callers, so that no single stack holds enough of it to be proved.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

// Allocators, the C and C++ libraries and libseep, by file name or path: no part of an application.
bool IsLibrary(std::string_view path);

class CallSites {
 public:
  // The allocator's and the C and C++ libraries' own modules are no part of the application.
  // `is_over_lives`: stacks of several targets and ledgers are alike when their frames are.
  explicit CallSites(const std::vector<model::Module>& modules, bool is_over_lives = false);

  // A hash of kind, target, ledger and the first application frames: three of a site, one of a
  // function; of a stack all frames. 0: the stack has no frames.
  uint64_t Key(const model::Stack& stack, model::StackLevel level) const;
  // Of everything that was called from where this stack was: all frames but those up to its first
  // of the application. 0: nothing is left.
  uint64_t CallerKey(const model::Stack& stack) const;

 private:
  // The place of its first application frame; 0 when it has none.
  size_t FirstOwn(const model::Stack& stack) const;

  uint64_t HashFrames(const model::Stack& stack, size_t begin, size_t end) const;

  std::unordered_set<model::ModuleId> libraries_;
  bool is_over_lives_;
};

}  // namespace seep::analysis
