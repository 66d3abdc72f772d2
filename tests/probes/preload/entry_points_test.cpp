// SPDX-License-Identifier: Apache-2.0
// Every entry point is seen exactly once, its frees too, under every allocator: preloaded behind
// the probe, and linked.
#include "tests/probes/preload/entry_points.h"

#include <algorithm>

#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

constexpr char kLibraries[] = "/usr/lib/x86_64-linux-gnu/";

struct EntryName {
  std::string name;
  EntryKind kind;
};
#define SEEP_ENTRY(name, symbols, kind, allocate, release) EntryName{name, EntryKind::kind},
const std::vector<EntryName> kEntries = {SEEP_ENTRY_POINTS(SEEP_ENTRY)};
#undef SEEP_ENTRY

// What the exact ledger says of the blocks of our size.
void CheckSeenOnce(const ledger::Snapshot& snapshot, EntryKind kind) {
  const bool is_mapped = kind == EntryKind::kMapping;
  const double bytes = is_mapped ? kMappedBytes : kHeapBytes;
  std::vector<model::StackKind> kinds(snapshot.new_stacks.size());
  for (const ledger::StackRecord& stack : snapshot.new_stacks) {
    REQUIRE(stack.slot < kinds.size());
    kinds[stack.slot] = stack.kind;
  }
  double allocated = 0;
  double freed = 0;
  for (const ledger::StackCounters& stack : snapshot.counters) {
    // What the allocator maps for the heap is not counted beside the blocks in it.
    if (!is_mapped && stack.alloc_bytes != 0) {
      CHECK(kinds[stack.slot] == model::StackKind::kHeap);
    }
    if (stack.alloc_bytes != bytes * stack.alloc_objects || stack.alloc_objects == 0) continue;
    CHECK((kinds[stack.slot] == model::StackKind::kMapping) == is_mapped);
    allocated += stack.alloc_objects;
    freed += stack.free_objects;
    CHECK(stack.free_bytes == bytes * stack.free_objects);
  }
  CHECK(allocated == kEntryBlocks);
  CHECK(freed == kEntryBlocks / 2);
  double live = 0;
  for (const ledger::LiveRecord& block : snapshot.live) {
    live += static_cast<double>(block.size_bytes) == bytes ? 1 : 0;
  }
  CHECK(live == kEntryBlocks / 2);
}

// `preload`: behind the probe.
void CheckAll(const std::string& caller, const std::string& preload,
              const std::vector<std::string>& unless) {
  for (const EntryName& entry : kEntries) {
    if (entry.kind == EntryKind::kWatched) continue;
    if (std::find(unless.begin(), unless.end(), entry.name) != unless.end()) continue;
    INFO(entry.name);
    const PreloadedChild child(
        {caller, entry.name}, "1",
        {"LD_PRELOAD=" SEEP_PROBE_PATH + (preload.empty() ? "" : ":" + preload)});
    const bool is_there = entry.kind != EntryKind::kRedirected ||
                          (caller + preload).find("jemalloc") != std::string::npos;
    CHECK(WEXITSTATUS(child.wait_status) == (is_there ? 0 : 4));
    CHECK(WIFEXITED(child.wait_status));
    if (is_there) CheckSeenOnce(child.Read(), entry.kind);
  }
}

std::string Library(const std::string& name) {
  REQUIRE(std::filesystem::exists(kLibraries + name));
  return kLibraries + name;
}

// Debian's jemalloc has no pvalloc: glibc's block would be freed by jemalloc, with us or not.
const std::vector<std::string> kNotInJemalloc = {"pvalloc"};
// Debian's mimalloc is built as C: its operator new ends a program that is out of memory, with us
// or not.
const std::vector<std::string> kNotInMimalloc = {"new-throws"};

}  // namespace

TEST_CASE("every entry point is counted exactly once with glibc") {
  CheckAll(SEEP_CALLER_PATH, "", {});
}

TEST_CASE("every entry point is counted exactly once in front of jemalloc") {
  CheckAll(SEEP_CALLER_PATH, Library("libjemalloc.so.2"), kNotInJemalloc);
}

TEST_CASE("every entry point is counted exactly once in front of tcmalloc") {
  CheckAll(SEEP_CALLER_PATH, Library("libtcmalloc_minimal.so.4"), {});
}

TEST_CASE("every entry point is counted exactly once in front of mimalloc") {
  CheckAll(SEEP_CALLER_PATH, Library("libmimalloc.so.2.0"), kNotInMimalloc);
}

TEST_CASE("every entry point is counted exactly once when jemalloc is linked") {
  CheckAll(SEEP_CALLER_PATH "_jemalloc", "", kNotInJemalloc);
}

TEST_CASE("every entry point is counted exactly once when tcmalloc is linked") {
  CheckAll(SEEP_CALLER_PATH "_tcmalloc", "", {});
}

TEST_CASE("every entry point is counted exactly once when mimalloc is linked") {
  CheckAll(SEEP_CALLER_PATH "_mimalloc", "", kNotInMimalloc);
}

// Exact mode cannot tell: each new block is sampled there, at the address of the old one, which
// says that the old one is gone.
TEST_CASE("a block that xallocx shrinks is freed, also where the smaller one is not sampled") {
  const PreloadedChild child({SEEP_CALLER_PATH "_jemalloc", "xallocx-shrinks"}, "131072");
  REQUIRE(child.wait_status == 0);
  const ledger::Snapshot snapshot = child.Read();
  uint64_t sampled = 0;
  for (const ledger::StackCounters& stack : snapshot.counters) sampled += stack.alloc_samples;
  CHECK(sampled >= kEntryBlocks);
  for (const ledger::LiveRecord& block : snapshot.live) CHECK(block.size_bytes != kShrunkFromBytes);
}
