// SPDX-License-Identifier: Apache-2.0
// fork, vfork, clone, exec, threads and an early dlsym: each process writes its own ledger and
// none of another.
#include <algorithm>
#include <cstdio>
#include <set>
#include <sstream>
#include <utility>

#include "tests/probes/preload/entry_points.h"
#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

namespace {

#define SEEP_ENTRY(name, symbols, kind, allocate, release) {symbols, EntryKind::kind},
const std::pair<const char*, EntryKind> kEntrySymbols[] = {SEEP_ENTRY_POINTS(SEEP_ENTRY)};
#undef SEEP_ENTRY

constexpr size_t kParentBytes = 5000;
constexpr size_t kChildBytes = 7000;
constexpr double kBlocks = 100;

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

// libstdc++ allocates from a constructor, which the loader's entry code calls: that has no unwind
// data, and is the end of the stack all the same.
TEST_CASE("a stack that begins in the loader's entry code is whole") {
  const ledger::Snapshot snapshot = PreloadedChild({SEEP_PROCESS_CALLER_PATH, "threads"}).Read();
  size_t from_loader = 0;
  for (const ledger::StackRecord& stack : snapshot.new_stacks) {
    CHECK((stack.slot == ledger::kOverflowStack || !stack.is_truncated));
    if (stack.frames.empty()) continue;
    const uint32_t root = ledger::FrameModule(stack.frames.back());
    for (const ledger::ModuleRecord& module : snapshot.new_modules) {
      if (module.id == root && module.path.find("/ld-linux") != std::string::npos) ++from_loader;
    }
  }
  CHECK(from_loader >= 1);
  CHECK(snapshot.losses[ledger::kLossStackEnd] == 0);
}

TEST_CASE("a fork child has a ledger of its own and leaves the parent's alone") {
  for (const char* way : {"fork", "raw-fork"}) {
    INFO(way);
    const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, way});
    CHECK(run.wait_status == 0);
    const auto ledgers = InOrder(run.Ledgers());
    REQUIRE(ledgers.size() == 2);
    const BlockCounts parent = CountBlocks(ledgers[0], kParentBytes);
    CHECK(parent.allocated == kBlocks);
    CHECK(parent.freed == 0);  // the child freed its copies only
    CHECK(CountBlocks(ledgers[0], kChildBytes).allocated == 0);
    CHECK(CountBlocks(ledgers[1], kChildBytes).allocated == kBlocks);
    CHECK(CountBlocks(ledgers[1], kParentBytes).allocated == 0);
  }
}

TEST_CASE("what a vfork or CLONE_VM child allocates stays in its parent's heap, and ledger") {
  for (const char* way : {"vfork", "clone-vm"}) {
    INFO(way);
    const PreloadedChild run({SEEP_PROCESS_CALLER_PATH, way});
    CHECK(run.wait_status == 0);
    REQUIRE(run.Ledgers().size() == 1);
    CHECK(CountBlocks(run.Ledgers()[0], kParentBytes).allocated == kBlocks);
    CHECK(CountBlocks(run.Ledgers()[0], kChildBytes).allocated == kBlocks);
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

TEST_CASE("libseep.so needs libc only and exports the entry points only") {
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
  // malloc_usable_size is not among them, nor any name of jemalloc's own. The one that hands out
  // nothing tells AddressSanitizer that it need not come first (docs/traps.md).
  // The others are seep attach's.
  std::set<std::string> expected = {"__asan_default_options", "seep_attach", "seep_detach",
                                    "seep_redirect", "seep_slots"};
  for (const auto& [symbols, kind] : kEntrySymbols) {
    if (kind == EntryKind::kRedirected) continue;
    std::istringstream words(symbols);
    for (std::string word; words >> word;) expected.insert(word);
  }
  std::set<std::string> exported;
  std::istringstream lines(output("nm -D --defined-only " SEEP_PROBE_PATH " | cut -d' ' -f3"));
  for (std::string line; lines >> line;) exported.insert(line);
  CHECK(exported == expected);
}
