// SPDX-License-Identifier: Apache-2.0
// Pins the layout: a change here is a change of the contract and wants a new kLayoutVersion.
#include "probes/ledger/layout.h"

#include <catch2/catch.hpp>

using namespace seep::ledger;

TEST_CASE("the offsets of layout version 1 do not move") {
  CHECK(kLayoutVersion == 1);
  CHECK(offsetof(Header, layout_version) == 8);
  CHECK(offsetof(Header, file_bytes) == 16);
  CHECK(offsetof(Header, modules) == 24);
  CHECK(offsetof(Header, live_entries) == 144);
  CHECK(offsetof(Header, pid) == 168);
  CHECK(offsetof(Header, start_ticks) == 184);
  CHECK(offsetof(Header, base_interval_bytes) == 216);
  CHECK(offsetof(Header, interval_doublings) == 776);
  CHECK(offsetof(Header, samples) == 816);
  CHECK(offsetof(Header, losses) == 856);
  CHECK(sizeof(Header) == 984);
  CHECK(offsetof(StackSlot, shape) == 8);
  CHECK(offsetof(StackSlot, alloc_bytes) == 40);
  CHECK(offsetof(StackSlot, adjust_bytes) == 64);
  CHECK(offsetof(Module, path) == 64);
  CHECK(kFileBytes == 2985984);
}

TEST_CASE("packed words give back what was packed") {
  const uint64_t frame = PackFrame(511, 0x7fff12345678);
  CHECK(FrameModule(frame) == 511);
  CHECK(FrameAddress(frame) == 0x7fff12345678);
  const uint64_t shape = PackShape(131071, 64, true);
  CHECK(ShapeFirstFrame(shape) == 131071);
  CHECK(ShapeFrameCount(shape) == 64);
  CHECK(ShapeTruncated(shape));
  CHECK_FALSE(ShapeTruncated(PackShape(0, 0, false)));
  const uint64_t live = PackLive(8191, 40, 0xfffffffe);
  CHECK(LiveStack(live) == 8191);
  CHECK(LiveDoublings(live) == 40);
  CHECK(LiveBirthTicks(live) == 0xfffffffe);
}
