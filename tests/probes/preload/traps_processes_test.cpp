// SPDX-License-Identifier: Apache-2.0
// docs/traps.md, new processes and the ends of them.
#include <csignal>

#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"
#include "tests/probes/preload/traps/trap.h"

using namespace traps;
using namespace seep;

namespace {

const BlockCounts kHalf = {kBlocks, kBlocks / 2, kBlocks / 2};

}  // namespace

TEST_CASE("a thousand forks out of eight allocating threads: no deadlock, every ledger right") {
  const PreloadedChild run({TRAP_TARGET_PATH, "fork-among-threads"});
  CHECK(run.wait_status == 0);
  CheckBalanced(run.Own());
  const BlockCounts parent = CountBlocks(run.Own(), kOtherBytes);
  CHECK(parent.allocated == parent.freed);
  CHECK(CountBlocks(run.Own(), kChildBytes).allocated == 0);
  // The directory takes no more than this; the others ran without.
  CHECK(run.OfChildren().size() > 200);
  for (const std::string& path : run.OfChildren()) {
    const BlockCounts child = CountBlocks(path, kChildBytes);
    if (child != kHalf) FAIL_CHECK(path);
    if (CountBlocks(path, kOtherBytes).allocated != 0) FAIL_CHECK(path);
    CheckBalanced(path);
  }
  // Nor does it fill with the reasons of those who got none.
  const auto files = std::filesystem::directory_iterator(run.directory.path);
  CHECK(std::distance(begin(files), end(files)) < 600);
}

TEST_CASE("_Fork, posix_spawn and system leave the parent's ledger alone") {
  for (const char* way : {"fork-_Fork", "fork-spawn", "fork-system"}) {
    INFO(way);
    const PreloadedChild run({TRAP_TARGET_PATH, way});
    CHECK(run.wait_status == 0);
    CHECK(CountBlocks(run.Own(), kBytes) == kHalf);
    CHECK(CountBlocks(run.Own(), kChildBytes).allocated == 0);
    if (std::string(way) == "fork-_Fork") {
      REQUIRE(run.OfChildren().size() == 1);
      CHECK(CountBlocks(run.OfChildren()[0], kChildBytes) == kHalf);
    }
  }
}

TEST_CASE("a daemon closes every descriptor, and its ledger goes on") {
  const PreloadedChild run({TRAP_TARGET_PATH, "fork-daemon"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Own(), kBytes) == kHalf);
  // It is nobody's child: wait until it has counted what comes last.
  BlockCounts daemon;
  for (int i = 0; i < 500 && daemon.freed < 200'000 / 16; ++i) {
    usleep(20'000);
    for (const std::string& path : run.OfChildren()) daemon = CountBlocks(path, 16);
  }
  REQUIRE(run.OfChildren().size() == 1);
  CHECK(CountBlocks(run.OfChildren()[0], kChildBytes) == kHalf);
  CHECK(daemon.freed == 200'000 / 16);
}

TEST_CASE("standard streams that are closed are left to the target") {
  const PreloadedChild run({TRAP_TARGET_PATH, "without-descriptors"});
  CHECK(run.wait_status == 0);
}

TEST_CASE("a target that gives up its rights grows its ledger on") {
  if (getuid() != 0) return;
  const PreloadedChild run({TRAP_TARGET_PATH, "shut-in"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == kHalf);
  CHECK(TotalsOf(run.Ledger()).alloc.samples > 200'000);
}

TEST_CASE("however a process ends, its ledger is whole") {
  struct End {
    const char* name;
    int signal;
    bool has_handlers;
  };
  for (const End& end : {End{"end-return", 0, false}, End{"end-_exit", 0, false},
                         End{"end-quick_exit", 0, true}, End{"end-abort", SIGABRT, false},
                         End{"end-kill", SIGKILL, false}, End{"end-crash", SIGSEGV, false},
                         End{"end-atexit", 0, true}, End{"end-freeres", 0, false}}) {
    INFO(end.name);
    const PreloadedChild run({TRAP_TARGET_PATH, end.name});
    CHECK((end.signal == 0 ? run.wait_status == 0 : WTERMSIG(run.wait_status) == end.signal));
    CHECK(CountBlocks(run.Ledger(), kBytes) == kHalf);
    if (end.has_handlers) CHECK(CountBlocks(run.Ledger(), kChildBytes) == kHalf);
    CheckBalanced(run.Ledger());
  }
}
