// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/candidates.h"

#include <catch2/catch.hpp>

using namespace seep;
using namespace seep::analysis;

namespace {

Counted Grown(double bytes, double variance) {
  Counted counted;
  counted.tally.growth_bytes = bytes;
  counted.tally.growth_variance = variance;
  return counted;
}

bool Moves(const Counted& grower, const Counted& other) {
  Candidate candidate;
  candidate.members = {0};
  candidate.tally = grower.tally;
  return HasMoved(candidate, {grower, other}, {0, 1});
}

}  // namespace

TEST_CASE("what another stack of the same caller lost has moved") {
  CHECK(Moves(Grown(100, 25), Grown(-98, 25)));
  CHECK(Moves(Grown(100, 0), Grown(-99, 0)));
  CHECK_FALSE(Moves(Grown(100, 0), Grown(-90, 0)));       // ten are new
  CHECK_FALSE(Moves(Grown(100, 25), Grown(0, 25)));       // nobody lost anything
  CHECK_FALSE(Moves(Grown(100, 25), Grown(-90, 10000)));  // the loss is within its error
}

TEST_CASE("a stack counts from six settled survivors on; full ones and findings are not pooled") {
  std::vector<model::StackHistory> histories(4);
  std::vector<Counted> counted;
  for (model::StackHistory& history : histories) {
    history.stack.frames = {{model::ModuleId{1}, 7}};
    counted.push_back({&history, {}, {}});
    counted.back().tally.born = 5;
  }
  counted[0].tally.growth_bytes = 1;
  counted[3].tally.growth_bytes = 2;
  CHECK(SingleStacks(counted).empty());
  counted[1].has_stopped = true;
  counted[2].is_taken = true;
  const CallSites sites({});
  const auto pooled = PooledStacks(counted, sites, model::StackLevel::kSite);
  REQUIRE(pooled.size() == 1);
  CHECK(pooled[0].members == std::vector<size_t>{3, 0});  // the faster one first
  CHECK(pooled[0].tally.born == 10);
  counted[3].is_taken = true;
  CHECK(PooledStacks(counted, sites, model::StackLevel::kSite).empty());
  counted[0].tally.born = 6;
  CHECK(SingleStacks(counted).size() == 1);
}
