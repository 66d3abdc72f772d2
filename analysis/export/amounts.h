// SPDX-License-Identifier: Apache-2.0
// How much each stack of a run has allocated and has in use: the figures that profiles show.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::exports {

// Unbiased estimates; of differences also negative.
struct Amounts {
  double alloc_objects = 0;  // since the process began
  double alloc_bytes = 0;
  double live_objects = 0;  // in use at the end
  double live_bytes = 0;

  Amounts& operator+=(const Amounts& other);
  Amounts operator-(const Amounts& other) const;
};

struct StackAmounts {
  const model::StackHistory* history = nullptr;  // of the run data
  const model::Target* target = nullptr;
  Amounts amounts;
};

// Which processes, and from when on.
struct AmountsOf {
  std::optional<int> pid;              // this one
  std::optional<std::string> program;  // those of that name (model::ProgramName)
  // Growth since then, by process; of one that is not in it, since it began.
  std::map<model::TargetId, double> since_s{};

  bool Includes(const model::Target& target) const;
};

// In the order of the run. A process that has ended has nothing in use any more, unless it was seen
// in the last twentieth of the run, at most 10 s before its end, or is asked for by its pid; nor
// has a program that was replaced by an exec. What they allocated counts.
std::vector<StackAmounts> MeasureStacks(const model::RunData& data, const AmountsOf& of);

// When the warm-up of each process was over, as the verdict sees its live heap; nothing of those
// that it has too little data of.
std::map<model::TargetId, double> WarmUpEnds(const model::Verdict& verdict);

}  // namespace seep::exports
