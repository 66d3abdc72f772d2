// SPDX-License-Identifier: Apache-2.0
// From what grows in a run today to the suppressions that let it pass: first adoption.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/policy/apply.h"
#include "storage/model/policy.h"
#include "storage/model/verdict.h"

namespace seep::agent {

// A suppression, and how much grows where, for the comment above it.
struct Accepted {
  model::Suppression suppression;
  std::string comment;
};

// One for each growing stack, and for each series that grows by more than these stacks, of
// everything that `policy` does not cover. Its rate is the upper 95 % bound of the growth and a
// quarter: another run of the same build stays below it, with another load too. `common` has what
// all share: reason, owner, end.
std::vector<Accepted> AcceptGrowth(const model::Policy& policy, const model::Suppression& common,
                                   const analysis::StackFrames& frames, int64_t now_ns,
                                   model::Verdict verdict);

// As it is written into a policy file. `origin`: the run it is from, for people.
std::string ToToml(const Accepted& accepted, const std::string& origin);

}  // namespace seep::agent
