// SPDX-License-Identifier: Apache-2.0
// docs/traps.md, asking the allocator: whoever asks comes back, and the answer is right.
#include "tests/probes/preload/preloaded_child.h"
#include "tests/probes/preload/traps/trap.h"

using namespace traps;
using namespace seep;

namespace {

ledger::Reader::Glance GlanceAt(const std::string& path) {
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  return reader->GlanceAtHeader();
}

}  // namespace

TEST_CASE("eight arenas in use are asked, and the target and its children live") {
  const PreloadedChild run({TRAP_TARGET_PATH, "asking-arenas"}, "16384");
  CHECK(run.wait_status == 0);
  const auto glance = GlanceAt(run.Own());
  CHECK(glance.allocator == ledger::Allocator::kGlibc);
  CHECK(glance.allocator_asked_ticks >= 64);
  // Eight times 2000 blocks of 2 KiB on average.
  CHECK(glance.allocator_in_use_bytes > 16 << 20);
  CHECK(glance.allocator_in_use_bytes < 64 << 20);
  CHECK(glance.allocator_held_bytes >= glance.allocator_in_use_bytes);
}

TEST_CASE("a signal handler over malloc is not where the allocator is asked") {
  const PreloadedChild run({TRAP_TARGET_PATH, "asking-handlers"});
  CHECK(run.wait_status == 0);
  CHECK(GlanceAt(run.Own()).allocator_asked_ticks >= 64);
}

TEST_CASE("nor is a child behind _Fork of a process with threads") {
  const PreloadedChild run({TRAP_TARGET_PATH, "asking-behind-_Fork"});
  CHECK(run.wait_status == 0);
  REQUIRE_FALSE(run.OfChildren().empty());
  for (const std::string& path : run.OfChildren()) {
    CHECK(GlanceAt(path).allocator_asked_ticks == 0);
  }
}

TEST_CASE("jemalloc and tcmalloc answer, mimalloc is said to be silent") {
  struct Answer {
    const char* library;
    ledger::Allocator allocator;
  };
  for (const Answer& answer : {Answer{"libjemalloc.so.2", ledger::Allocator::kJemalloc},
                               Answer{"libtcmalloc.so.4", ledger::Allocator::kTcmalloc},
                               Answer{"libmimalloc.so.2", ledger::Allocator::kSilent}}) {
    INFO(answer.library);
    if (!std::filesystem::exists(std::string("/usr/lib/x86_64-linux-gnu/") + answer.library))
      continue;
    const PreloadedChild run({TRAP_TARGET_PATH, "asking-arenas"}, "16384",
                             {std::string("LD_PRELOAD=" SEEP_PROBE_PATH ":") + answer.library});
    CHECK(run.wait_status == 0);
    const auto glance = GlanceAt(run.Own());
    CHECK(glance.allocator == answer.allocator);
    if (answer.allocator == ledger::Allocator::kSilent) continue;
    CHECK(glance.allocator_asked_ticks >= 64);
    CHECK(glance.allocator_in_use_bytes > 16 << 20);
    CHECK(glance.allocator_in_use_bytes < 64 << 20);
    CHECK(glance.allocator_held_bytes >= glance.allocator_in_use_bytes);
  }
}
