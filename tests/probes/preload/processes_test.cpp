// SPDX-License-Identifier: Apache-2.0
// fork, vfork, clone, exec, threads and an early dlsym: each process writes its own ledger and
// none of another.
#include <algorithm>
#include <cstdio>

#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

constexpr double kParentBytes = 5000;
constexpr double kChildBytes = 7000;
constexpr double kBlocks = 100;

struct Counts {
  double allocated = 0;
  double freed = 0;
};

// Of the blocks of one size in an exact ledger.
Counts CountBlocks(const std::string& path, double bytes) {
  auto reader = ledger::Reader::Open(path);
  REQUIRE(reader);
  const auto snapshot = reader->Read();
  REQUIRE(snapshot);
  Counts counts;
  for (const ledger::StackCounters& stack : snapshot->counters) {
    if (stack.alloc_objects == 0 || stack.alloc_bytes != bytes * stack.alloc_objects) continue;
    counts.allocated += stack.alloc_objects;
    counts.freed += stack.free_objects;
  }
  return counts;
}

// The ledgers of a run in the order parent (the smaller pid), child.
std::vector<std::string> InOrder(std::vector<std::string> paths) {
  const auto pid = [](const std::string& path) {
    return ledger::Reader::Open(path)->identity().pid;
  };
  std::sort(paths.begin(), paths.end(),
            [&](const auto& a, const auto& b) { return pid(a) < pid(b); });
  return paths;
}

}  // namespace

TEST_CASE("a fork child has a ledger of its own and leaves the parent's alone") {
  for (const char* way : {"fork", "raw-fork"}) {
    INFO(way);
    const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, way});
    CHECK(run.wait_status == 0);
    const auto ledgers = InOrder(run.Ledgers());
    REQUIRE(ledgers.size() == 2);
    const Counts parent = CountBlocks(ledgers[0], kParentBytes);
    CHECK(parent.allocated == kBlocks);
    CHECK(parent.freed == 0);  // the child freed its copies only
    CHECK(CountBlocks(ledgers[0], kChildBytes).allocated == 0);
    CHECK(CountBlocks(ledgers[1], kChildBytes).allocated == kBlocks);
    CHECK(CountBlocks(ledgers[1], kParentBytes).allocated == 0);
  }
}

TEST_CASE("a vfork or CLONE_VM child touches nothing") {
  for (const char* way : {"vfork", "clone-vm"}) {
    INFO(way);
    const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, way});
    CHECK(run.wait_status == 0);
    REQUIRE(run.Ledgers().size() == 1);
    CHECK(CountBlocks(run.Ledgers()[0], kParentBytes).allocated == kBlocks);
    CHECK(CountBlocks(run.Ledgers()[0], kChildBytes).allocated == 0);
  }
}

TEST_CASE("an exec starts a new ledger of the same process") {
  const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, "exec"});
  CHECK(run.wait_status == 0);
  const auto ledgers = run.Ledgers();
  REQUIRE(ledgers.size() == 2);
  const auto first = ledger::Reader::Open(ledgers[0]);
  const auto second = ledger::Reader::Open(ledgers[1]);
  CHECK(first->identity().pid == second->identity().pid);
  CHECK(first->identity().start_ticks == second->identity().start_ticks);
  CHECK(first->identity().image != second->identity().image);
  const double before = CountBlocks(ledgers[0], kParentBytes).allocated +
                        CountBlocks(ledgers[1], kParentBytes).allocated;
  const double after = CountBlocks(ledgers[0], kChildBytes).allocated +
                       CountBlocks(ledgers[1], kChildBytes).allocated;
  CHECK(before == kBlocks);
  CHECK(after == kBlocks);
}

TEST_CASE("threads that begin and end lose nothing") {
  const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, "threads"});
  CHECK(run.wait_status == 0);
  REQUIRE(run.Ledgers().size() == 1);
  CHECK(CountBlocks(run.Ledgers()[0], kChildBytes).allocated == 8 * kBlocks);
}

TEST_CASE("a dlsym that allocates at start-up neither recurses nor frees what is not its own") {
  const PreloadedChild run({SEEP_CALLER_PATH, "malloc"}, "1",
                           {"LD_PRELOAD=" SEEP_PROBE_PATH ":" SEEP_DLSYM_PATH});
  CHECK(run.wait_status == 0);
  CHECK(run.Read().samples > 100);
}

TEST_CASE("the target runs on when no ledger can be made") {
  const PreloadedChild run({SEEP_CALLER_PATH, "malloc"}, "1",
                           {"LD_PRELOAD=" SEEP_PROBE_PATH, "SEEP_DIR=/nonexistent/folder"});
  CHECK(run.wait_status == 0);
}

TEST_CASE("libseep.so needs libc only and exports the allocator only") {
  const auto output = [](const std::string& command) {
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    for (int c; (c = fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    pclose(pipe);
    return text;
  };
  CHECK(output("readelf -d " SEEP_PROBE_PATH " | grep -c NEEDED") == "1\n");
  CHECK(output("readelf -d " SEEP_PROBE_PATH " | grep NEEDED | grep -c libc.so.6") == "1\n");
  // An unwinder symbol in the global scope would be taken by the target's exceptions.
  CHECK(output("nm -D --defined-only " SEEP_PROBE_PATH " | grep -c -E '_Unwind|backtrace|__gxx'") ==
        "0\n");
  // 10 functions of C (cfree and malloc_usable_size are not among them), 20 operators; and what
  // seep attach calls.
  CHECK(output("nm -D --defined-only " SEEP_PROBE_PATH " | grep -v -c ' seep_'") == "30\n");
  CHECK(output("nm -D --defined-only " SEEP_PROBE_PATH " | grep -o 'seep_.*' | sort") ==
        "seep_attach\nseep_detach\n");
}
