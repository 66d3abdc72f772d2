// SPDX-License-Identifier: Apache-2.0
// Pins the layout: a change here is a change of the contract and wants a new kLayoutVersion.
#include "probes/ledger/layout.h"

#include <catch2/catch.hpp>
#include <utility>

using namespace seep::ledger;

TEST_CASE("the offsets of layout version 3 do not move") {
  CHECK(kLayoutVersion == 3);
  CHECK(offsetof(Header, layout_version) == 8);
  CHECK(offsetof(Header, file_bytes) == 16);
  CHECK(offsetof(Header, modules) == 24);
  CHECK(offsetof(Header, live_index) == 144);
  CHECK(offsetof(Header, pid) == 192);
  CHECK(offsetof(Header, start_ticks) == 208);
  CHECK(offsetof(Header, base_interval_bytes) == 240);
  CHECK(offsetof(Header, thin_doublings) == 808);
  CHECK(offsetof(Header, losses) == 936);
  CHECK(offsetof(Header, allocator) == kLeastHeaderBytes);
  CHECK(sizeof(Header) == 1184);
  CHECK(offsetof(StackSlot, shape) == 8);
  CHECK(offsetof(StackSlot, alloc_bytes) == 40);
  CHECK(offsetof(StackSlot, adjust_bytes) == 64);
  CHECK(offsetof(Module, path) == 64);
  CHECK(SectionsOf(kFullGeometry).file_bytes == 55316480);
  CHECK(SectionsOf(kSmallGeometry).file_bytes == 4591616);
}

TEST_CASE("sections follow each other in whole pages, and the index holds all its generations") {
  for (const Geometry& geometry : {kFullGeometry, kSmallGeometry}) {
    const Sections sections = SectionsOf(geometry);
    uint64_t end = kHeaderBytes;
    for (const Section& section :
         {sections.modules, sections.stacks, sections.stack_index, sections.frames, sections.live,
          sections.live_index, sections.shards}) {
      CHECK(section.offset >= end);
      CHECK(section.offset % kPageBytes == 0);
      end = section.offset + section.capacity * section.entry_bytes;
    }
    CHECK(sections.file_bytes >= end);
    for (const auto& [entries, index] : {std::pair{geometry.stacks, sections.stack_index},
                                         std::pair{geometry.live, sections.live_index}}) {
      uint64_t last = 0;
      while (IndexPlaces(last) < 2 * entries) ++last;
      CHECK(IndexAt(last + 1) == index.capacity);
    }
  }
}

TEST_CASE("packed words give back what was packed") {
  const uint64_t frame = PackFrame(511, 0x7fff12345678);
  CHECK(FrameModule(frame) == 511);
  CHECK(FrameAddress(frame) == 0x7fff12345678);
  const uint64_t shape = PackShape(131071, 64, true, false);
  CHECK(ShapeFirstFrame(shape) == 131071);
  CHECK(ShapeFrameCount(shape) == 64);
  CHECK(ShapeTruncated(shape));
  CHECK_FALSE(ShapeMapping(shape));
  CHECK_FALSE(ShapeTruncated(PackShape(0, 0, false, true)));
  CHECK(ShapeMapping(PackShape(0, 0, false, true)));
  const uint64_t live = PackLive(32767, 40, 0xfffffffe);
  CHECK(LiveStack(live) == 32767);
  CHECK(LiveDoublings(live) == 40);
  CHECK(LiveBirthTicks(live) == 0xfffffffe);
}
