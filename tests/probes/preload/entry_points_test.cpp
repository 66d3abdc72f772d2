// SPDX-License-Identifier: Apache-2.0
// Every entry point is seen exactly once, under every allocator, its frees too.
#include <map>

#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

constexpr double kBytes = 4096 + 128;
constexpr double kBlocks = 100;

const std::vector<std::string> kEntries = {"malloc",
                                           "calloc",
                                           "realloc",
                                           "realloc-grow",
                                           "realloc-fails",
                                           "errno",
                                           "new-throws",
                                           "reallocarray",
                                           "memalign",
                                           "aligned_alloc",
                                           "valloc",
                                           "pvalloc",
                                           "posix_memalign",
                                           "new",
                                           "new[]",
                                           "new-nothrow",
                                           "new[]-nothrow",
                                           "new-aligned",
                                           "new[]-aligned",
                                           "new-aligned-nothrow",
                                           "new[]-aligned-nothrow"};

// What the exact ledger says of the blocks of our size.
void CheckSeenOnce(const ledger::Snapshot& snapshot) {
  double allocated = 0;
  double freed = 0;
  for (const ledger::StackCounters& stack : snapshot.counters) {
    if (stack.alloc_bytes != kBytes * stack.alloc_objects || stack.alloc_objects == 0) continue;
    allocated += stack.alloc_objects;
    freed += stack.free_objects;
    CHECK(stack.free_bytes == kBytes * stack.free_objects);
  }
  CHECK(allocated == kBlocks);
  CHECK(freed == kBlocks / 2);
  double live = 0;
  for (const ledger::LiveRecord& block : snapshot.live) {
    live += static_cast<double>(block.size_bytes) == kBytes ? 1 : 0;
  }
  CHECK(live == kBlocks / 2);
}

}  // namespace

TEST_CASE("every entry point is counted exactly once with glibc") {
  for (const std::string& entry : kEntries) {
    INFO(entry);
    const PreloadedChild child({SEEP_CALLER_PATH, entry});
    CHECK(child.wait_status == 0);
    CheckSeenOnce(child.Read());
  }
}

TEST_CASE("every entry point is counted exactly once in front of jemalloc") {
  constexpr char kJemalloc[] = "/usr/lib/x86_64-linux-gnu/libjemalloc.so.2";
  REQUIRE(std::filesystem::exists(kJemalloc));
  for (const std::string& entry : kEntries) {
    // Debian's jemalloc has no pvalloc: glibc's block would be freed by jemalloc, with us or not.
    if (entry == "pvalloc") continue;
    INFO(entry);
    const PreloadedChild child({SEEP_CALLER_PATH, entry}, "1",
                               {std::string("LD_PRELOAD=" SEEP_PROBE_PATH ":") + kJemalloc});
    CHECK(child.wait_status == 0);
    CheckSeenOnce(child.Read());
  }
}
