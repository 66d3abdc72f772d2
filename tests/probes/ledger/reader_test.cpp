// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/reader.h"

#include <unistd.h>

#include <fstream>
#include <random>

#include "probes/preload/live_table.h"
#include "probes/preload/stack_table.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;

namespace {

uint32_t AddStack(probe::LedgerView view, std::initializer_list<uint64_t> frames) {
  probe::CapturedStack stack;
  for (const uint64_t frame : frames) stack.frames[stack.count++] = frame;
  return probe::FindOrAddStack(view, stack);
}

void AddBlock(probe::LedgerView view, uint64_t address, uint32_t slot, uint64_t size) {
  uint64_t random = 1;
  const probe::LiveBlock block{size, ledger::PackLive(slot, 0, 640)};
  REQUIRE(probe::InsertLive(view, reinterpret_cast<void*>(address), block, random));
  probe::CountAlloc(view, slot, probe::EstimateOf(view, block));
}

ledger::Reader Open(const std::string& path) {
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  return std::move(*reader);
}

}  // namespace

TEST_CASE("the reader gives what the probe wrote, new things once") {
  ScratchLedger scratch(1);
  const uint32_t slot = AddStack(scratch.view, {1, 2, 3});
  AddBlock(scratch.view, 0x1000, slot, 24);
  AddBlock(scratch.view, 0x2000, slot, 100);

  auto reader = Open(scratch.path);
  CHECK(reader.identity().pid == static_cast<uint32_t>(getpid()));
  auto first = reader.Read();
  REQUIRE(first);
  REQUIRE(first->new_stacks.size() == 2);  // the overflow slot and ours
  CHECK(first->new_stacks[1].frames == std::vector<uint64_t>{1, 2, 3});
  REQUIRE(first->counters.size() == 2);
  CHECK(first->counters[1].alloc_bytes == 124);
  CHECK(first->counters[1].alloc_objects == 2);
  CHECK(first->counters[1].free_bytes == 0);
  REQUIRE(first->live.size() == 2);
  CHECK(first->live[0].size_bytes + first->live[1].size_bytes == 124);
  CHECK(first->live[0].born_s == 10.0);
  CHECK(first->interval_bytes == 1);

  probe::LiveBlock taken;
  REQUIRE(probe::TakeLive(scratch.view, reinterpret_cast<void*>(0x1000), &taken));
  probe::CountFree(scratch.view, slot, probe::EstimateOf(scratch.view, taken));
  auto second = reader.Read();
  REQUIRE(second);
  CHECK(second->new_stacks.empty());
  CHECK(second->counters[1].free_bytes == 24);
  REQUIRE(second->live.size() == 1);
  CHECK(second->live[0].size_bytes == 100);
}

TEST_CASE("what is no ledger is refused in one line that names it") {
  ScratchDirectory directory;
  const std::string path = directory.path + "/x.ledger";
  CHECK(ledger::Reader::Open(path).error().code == model::Errc::kNotFound);
  std::ofstream(path) << "short";
  CHECK(ledger::Reader::Open(path).error().code == model::Errc::kCorrupt);
  std::ofstream(path) << std::string(1 << 20, 'x');
  const auto refused = ledger::Reader::Open(path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == model::Errc::kCorrupt);
  CHECK(refused.error().message.find(path) != std::string::npos);
  std::ofstream(path, std::ios::trunc);
  CHECK(ledger::Reader::Open(path).error().code == model::Errc::kBusy);
}

TEST_CASE("a newer layout is refused with the remedy") {
  ScratchLedger scratch;
  scratch.view.header().layout_version = 99;
  const auto refused = ledger::Reader::Open(scratch.path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == model::Errc::kUnsupported);
  CHECK(refused.error().message.find("99") != std::string::npos);
}

TEST_CASE("a ledger cut while it is mapped is an error and not a SIGBUS") {
  ScratchLedger scratch;
  auto reader = Open(scratch.path);
  REQUIRE(truncate(scratch.path.c_str(), 4096) == 0);
  const auto snapshot = reader.Read();
  REQUIRE_FALSE(snapshot);
  CHECK(snapshot.error().code == model::Errc::kCorrupt);
}

TEST_CASE("a writer killed in the middle of an entry leaves a readable ledger") {
  ScratchLedger scratch(1);
  const uint32_t slot = AddStack(scratch.view, {1});
  AddBlock(scratch.view, 0x1000, slot, 10);
  scratch.view.live()[scratch.view.header().live_used.fetch_add(1)].key = ledger::kLiveReserved;
  scratch.view.header().stacks_used.fetch_add(1);   // slot taken, never published
  scratch.view.header().modules_used.fetch_add(1);  // likewise
  scratch.view.header().frames_used.fetch_add(64);
  auto snapshot = Open(scratch.path).Read();
  REQUIRE(snapshot);
  CHECK(snapshot->live.size() == 1);
  CHECK(snapshot->new_stacks.size() == 2);
  CHECK(snapshot->new_modules.empty());
}

TEST_CASE("no damage of the tables makes the reader leave its bounds") {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 40; ++round) {
    ScratchLedger scratch(1);
    for (uint64_t i = 1; i < 50; ++i) {
      AddBlock(scratch.view, i * 4096, AddStack(scratch.view, {i, i + 1}), i);
    }
    auto reader = Open(scratch.path);
    // Anything behind the identity may be garbage: the target is not trusted.
    auto* words = reinterpret_cast<uint64_t*>(scratch.view.base);
    const auto damage = [&](uint64_t from, uint64_t bytes, int times) {
      for (int i = 0; i < times; ++i) words[from / 8 + random() % (bytes / 8)] = random();
    };
    const ledger::Sections sections = ledger::SectionsOf(ledger::kFullGeometry);
    constexpr uint64_t kFirst = offsetof(ledger::Header, thin_doublings);
    damage(kFirst, sizeof(ledger::Header) - kFirst, round % 2 == 0 ? 0 : 4);
    damage(sections.modules.offset, 16 << 10, 100);
    damage(sections.stacks.offset, 60 * sizeof(ledger::StackSlot), 400);
    damage(sections.frames.offset, 1 << 10, 100);
    damage(sections.live.offset, 64 << 10, 2000);
    const auto snapshot = reader.Read();
    REQUIRE(snapshot);
    for (const auto& stack : snapshot->new_stacks) CHECK(stack.frames.size() <= ledger::kMaxFrames);
    for (const auto& block : snapshot->live) CHECK(block.slot < ledger::kFullGeometry.stacks);
  }
}
