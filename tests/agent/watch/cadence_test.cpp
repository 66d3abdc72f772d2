// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/cadence.h"

#include <catch2/catch.hpp>

using seep::agent::Cadence;

TEST_CASE("a long run has a point every 5 s and a snapshot every 60 s") {
  const Cadence planned({.tick_s = {}, .snapshot_s = {}, .duration_s = 48 * 3600.0});
  CHECK(planned.TickAfter(0) == 5);
  CHECK(planned.SnapshotAfter(0) == 60);
}

TEST_CASE("a short run has enough of both") {
  const Cadence planned({.tick_s = {}, .snapshot_s = {}, .duration_s = 60.0});
  CHECK(planned.TickAfter(0) == 0.25);
  CHECK(planned.SnapshotAfter(0) == 1);
}

TEST_CASE("a run without an end begins close and becomes wide") {
  const Cadence open_ended({.tick_s = {}, .snapshot_s = {}, .duration_s = {}});
  CHECK(open_ended.TickAfter(1) == 0.25);
  CHECK(open_ended.TickAfter(600) == 2.5);
  CHECK(open_ended.TickAfter(86400) == 5);
  CHECK(open_ended.SnapshotAfter(600) == 10);
}

TEST_CASE("what the user sets is used as it is") {
  const Cadence set({.tick_s = 0.05, .snapshot_s = 0.1, .duration_s = 3600.0});
  CHECK(set.TickAfter(1800) == 0.05);
  CHECK(set.SnapshotAfter(1800) == 0.1);
}
