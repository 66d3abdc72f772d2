// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/heap_tracker.h"

#include "agent/watch/clock.h"
#include "probes/preload/live_table.h"
#include "probes/preload/stack_table.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;

namespace {

constexpr double kSize = 100;

// Blocks of kSize bytes at one stack of an exact ledger, born `birth_s` after it was made.
class Writer {
 public:
  explicit Writer(probe::LedgerView view) : view_(view) {}

  void Allocate(uint32_t stack, uint64_t address, double birth_s) {
    probe::CapturedStack captured;
    captured.count = 1;
    captured.frames[0] = stack;
    const uint32_t slot = probe::FindOrAddStack(view_, captured);
    const auto birth = static_cast<uint32_t>(birth_s * ledger::kBirthTicksPerSecond);
    const probe::LiveBlock block{static_cast<uint64_t>(kSize), ledger::PackLive(slot, 0, birth)};
    REQUIRE(probe::InsertLive(view_, reinterpret_cast<void*>(address), block, random_));
    probe::CountAlloc(view_, slot, probe::EstimateOf(view_, block));
  }
  void Map(uint32_t stack, uint64_t address, uint64_t bytes) {
    probe::CapturedStack captured;
    captured.count = 1;
    captured.frames[0] = stack;
    captured.is_mapping = true;
    const uint32_t slot = probe::FindOrAddStack(view_, captured);
    const probe::LiveBlock region{bytes, ledger::PackLive(slot, ledger::kLiveExact, 0)};
    auto* key = reinterpret_cast<void*>(address | ledger::kMappingKey);
    REQUIRE(probe::InsertLive(view_, key, region, random_));
    probe::CountMapped(view_, slot, bytes, 1);
  }
  void Free(uint64_t address) {
    probe::LiveBlock block;
    REQUIRE(probe::TakeLive(view_, reinterpret_cast<void*>(address), &block));
    probe::CountFree(view_, ledger::LiveStack(block.meta), probe::EstimateOf(view_, block));
  }

 private:
  probe::LedgerView view_;
  uint64_t random_ = 1;
};

agent::HeapTracker Track(const ScratchLedger& scratch) {
  auto reader = ledger::Reader::Open(scratch.path);
  REQUIRE(reader);
  // t = 0 of the run is the moment at which the ledger was made.
  const double started_s = static_cast<double>(reader->identity().created_monotonic_ns) / 1e9;
  return agent::HeapTracker(std::move(*reader), started_s);
}

}  // namespace

TEST_CASE("a snapshot tells what changed since the one before") {
  ScratchLedger scratch(1);
  Writer writer(scratch.view);
  writer.Allocate(7, 0x1000, 0);
  writer.Allocate(7, 0x2000, 0);
  writer.Allocate(8, 0x3000, 0);
  agent::HeapTracker tracker = Track(scratch);

  auto first = tracker.Observe(10);
  REQUIRE(first);
  CHECK(first->live_bytes == 3 * kSize);
  CHECK(first->live_se_bytes == 0);  // exact mode has no sampling error
  CHECK(first->alloc_bytes == 3 * kSize);
  CHECK(first->delta.new_stacks.size() == 3);  // with the overflow stack
  REQUIRE(first->delta.changed.size() == 2);   // without it: nothing is there

  writer.Free(0x1000);
  auto second = tracker.Observe(20);
  REQUIRE(second);
  CHECK(second->live_bytes == 2 * kSize);
  CHECK(second->delta.new_stacks.empty());
  REQUIRE(second->delta.changed.size() == 1);
  const model::StackPoint& point = second->delta.changed[0].second;
  CHECK(point.t_s == 20);
  CHECK(point.alloc_bytes == 2 * kSize);
  CHECK(point.free_bytes == kSize);
  CHECK(point.live_samples == 1);
  CHECK(tracker.Observe(30)->delta.changed.empty());
}

TEST_CASE("survivors are binned by their birth, in at most 64 bins") {
  ScratchLedger scratch(1);
  Writer writer(scratch.view);
  for (int second = 0; second < 200; ++second) {
    writer.Allocate(7, 0x1000u + 0x1000u * static_cast<uint64_t>(second), second);
  }
  agent::HeapTracker tracker = Track(scratch);
  const auto observed = tracker.Observe(200);
  REQUIRE(observed);
  const auto& survivors = observed->delta.survivors;
  CHECK(survivors.size() == 50);  // 4 s wide
  double samples = 0;
  double previous_end_s = 0;
  for (const auto& [slot, bin] : survivors) {
    CHECK(bin.born_from_s == previous_end_s);
    previous_end_s = bin.born_to_s;
    samples += static_cast<double>(bin.samples);
  }
  CHECK(samples == 200);
  CHECK(previous_end_s == 200);
}

TEST_CASE("the top suspect is the stack that grew, not the largest") {
  ScratchLedger scratch(1);
  Writer writer(scratch.view);
  for (uint64_t i = 1; i <= 50; ++i) writer.Allocate(7, i << 12, 0);
  agent::HeapTracker tracker = Track(scratch);
  for (double t_s = 1; t_s <= 40; ++t_s) {
    writer.Allocate(8, (100 + static_cast<uint64_t>(t_s)) << 12, t_s);
    REQUIRE(tracker.Observe(t_s));
  }
  const auto suspect = tracker.TopSuspect();
  REQUIRE(suspect.size() == 1);
  CHECK(suspect[0].address == 8);
}

TEST_CASE("mapped memory is counted, and is no part of the heap") {
  ScratchLedger scratch(128 * 1024);
  Writer writer(scratch.view);
  writer.Allocate(7, 0x1000, 0);
  writer.Map(7, 0x1000, 8192);  // at the same place, and the same address
  writer.Map(7, 0x9000, 4096);
  agent::HeapTracker tracker = Track(scratch);

  const auto seen = tracker.Observe(10);
  REQUIRE(seen);
  CHECK(seen->mapped_bytes == 12288);
  CHECK(seen->live_bytes == Approx(128 * 1024).epsilon(0.01));  // one sample of a small block
  CHECK(seen->alloc_bytes == Approx(128 * 1024).epsilon(0.01));
  CHECK(seen->samples == 1);
  REQUIRE(seen->delta.new_stacks.size() == 3);
  size_t mappings = 0;
  for (const model::Stack& stack : seen->delta.new_stacks) {
    mappings += stack.kind == model::StackKind::kMapping ? 1 : 0;
  }
  CHECK(mappings == 1);
  REQUIRE(seen->delta.changed.size() == 2);
  const model::StackPoint& point = seen->delta.changed[1].second;
  CHECK(point.live_bytes == 12288);
  CHECK(point.live_objects == 2);
  CHECK(point.live_variance == 0);
}

TEST_CASE("a window keeps the least live count, and tells which blocks are settled") {
  ScratchLedger scratch(1);
  Writer writer(scratch.view);
  agent::HeapTracker tracker = Track(scratch);
  for (uint64_t i = 1; i <= 4; ++i) writer.Allocate(7, i << 12, 0);
  REQUIRE(tracker.Observe(128));
  for (uint64_t i = 1; i <= 3; ++i) writer.Free(i << 12);
  REQUIRE(tracker.Observe(129));
  for (uint64_t i = 5; i <= 9; ++i) writer.Allocate(7, i << 12, 129);
  const auto seen = tracker.Observe(130);
  REQUIRE(seen);
  CHECK(seen->delta.window.begin == 128 * 4);  // windows of 4 s
  CHECK(seen->delta.window.length == 16);
  REQUIRE(seen->delta.changed.size() == 1);
  const model::StackPoint& point = seen->delta.changed[0].second;
  CHECK(point.live_samples == 6);
  CHECK(point.settled_samples == 1);
  CHECK(point.least_live_samples == 1);
  // Only the bin that changed since the snapshot before.
  CHECK_FALSE(seen->delta.are_survivors_whole);
  REQUIRE(seen->delta.survivors.size() == 1);
  CHECK(seen->delta.survivors[0].second.born_from_s == 128);
  CHECK(tracker.Observe(131)->delta.survivors.empty());
}
