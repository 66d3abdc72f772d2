// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/snapshot_board.h"

#include <thread>
#include <vector>

#include <catch2/catch.hpp>

using namespace seep::serve;

namespace {

AgentSnapshot Numbered(uint64_t number) {
  AgentSnapshot snapshot;
  snapshot.ticks = number;
  snapshot.errors_seen = number;
  return snapshot;
}

}  // namespace

TEST_CASE("a reader gets the latest snapshot, again and again") {
  SnapshotBoard board;
  CHECK(board.Latest() == nullptr);
  board.Publish(Numbered(1));
  board.Publish(Numbered(2));
  const auto second = board.Latest();
  CHECK(second->snapshot.ticks == 2);
  CHECK(board.Latest() == second);
  board.Publish(Numbered(3));
  CHECK(board.Latest()->snapshot.ticks == 3);
  CHECK(second->snapshot.ticks == 2);
}

TEST_CASE("readers see whole snapshots in their order, while the loop publishes") {
  SnapshotBoard board;
  constexpr uint64_t kLast = 20000;
  std::vector<std::jthread> readers;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; i++) {
    readers.emplace_back([&board, &failures] {
      uint64_t seen = 0;
      while (seen < kLast) {
        const auto latest = board.Latest();
        if (!latest) continue;
        const AgentSnapshot& snapshot = latest->snapshot;
        if (snapshot.ticks < seen || snapshot.errors_seen != snapshot.ticks) failures++;
        seen = snapshot.ticks;
      }
    });
  }
  for (uint64_t i = 1; i <= kLast; i++) board.Publish(Numbered(i));
  readers.clear();
  CHECK(failures == 0);
}
