// SPDX-License-Identifier: Apache-2.0
// Stacks by the names of their functions, as flame graphs show them: what came from different
// addresses, lines or builds of one path is one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/export/profile.h"

namespace seep::exports {

struct FunctionFrame {
  std::string name;
  std::string file;  // empty: not known
  auto operator<=>(const FunctionFrame&) const = default;
};

struct FunctionStack {
  std::vector<size_t> frames;  // in FunctionStacks::frames, outermost first: that is the process
  int64_t weight = 0;          // > 0
};

struct FunctionStacks {
  std::vector<FunctionFrame> frames;
  std::vector<FunctionStack> stacks;  // each once
  int64_t total = 0;                  // of the weights
  // Of a difference: what became less, which a flame graph cannot show.
  size_t fallen_stacks = 0;
  int64_t fallen_total = 0;  // <= 0
};

FunctionStacks MergeByFunction(const Profile& profile, SampleType type);

}  // namespace seep::exports
