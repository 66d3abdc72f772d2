// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/stream_state.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace seep::analysis;

namespace {

constexpr StreamPlan kPlan{.duration_s = 48 * 3600, .is_load_known = true};

// Looks from 4 h on, one an hour until `until`: those from `from` on grow, certain from `sure` on.
std::vector<Look> Looks(size_t until, size_t from, size_t sure) {
  std::vector<Look> looks;
  for (size_t look = kFirstLook; look <= until; ++look) {
    looks.push_back({MomentOf(kPlan, look), look >= from, look >= sure});
  }
  return looks;
}

}  // namespace

TEST_CASE("one look that grows is none, two are a suspicion") {
  CHECK(StateOf(kPlan, {}) == StreamState::kCollecting);
  CHECK(StateOf(kPlan, Looks(10, 99, 99)) == StreamState::kCollecting);
  CHECK(StateOf(kPlan, Looks(10, 10, 99)) == StreamState::kCollecting);
  CHECK(StateOf(kPlan, Looks(10, 9, 99)) == StreamState::kSuspected);
}

TEST_CASE("confirmed when it is certain and has held for a quarter of the time") {
  CHECK(StateOf(kPlan, Looks(12, 9, 12)) == StreamState::kConfirmedEarly);
  CHECK(StateOf(kPlan, Looks(12, 10, 12)) == StreamState::kSuspected);
  CHECK(StateOf(kPlan, Looks(12, 9, 13)) == StreamState::kSuspected);
  std::vector<Look> broken = Looks(12, 4, 4);
  broken[broken.size() - 3].grows = false;
  CHECK(StateOf(kPlan, broken) == StreamState::kSuspected);
  broken.back().grows = false;
  CHECK(StateOf(kPlan, broken) == StreamState::kCollecting);
}

TEST_CASE("no stop before a quarter of the run") {
  CHECK(StateOf(kPlan, Looks(11, 4, 4)) == StreamState::kSuspected);
  CHECK(StateOf(kPlan, Looks(12, 4, 4)) == StreamState::kConfirmedEarly);
}

TEST_CASE("without a known load no stop before three quarters of the run") {
  constexpr StreamPlan plan{.duration_s = 48 * 3600, .is_load_known = false};
  CHECK(StateOf(plan, Looks(35, 4, 4)) == StreamState::kSuspected);
  CHECK(StateOf(plan, Looks(36, 4, 4)) == StreamState::kConfirmedEarly);
}

TEST_CASE("moments scale with the run") {
  CHECK(MomentOf({.duration_s = 120}, kFirstLook) == 10);
  CHECK(MomentOf({.duration_s = 48 * 3600}, 6) == 6 * 3600);
}
