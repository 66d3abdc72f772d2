// SPDX-License-Identifier: Apache-2.0
// docs/traps.md, output, limits and privilege: when the ledger cannot go on, the target does.
#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"
#include "tests/probes/preload/traps/trap.h"

using namespace traps;
using namespace seep;
namespace fs = std::filesystem;

namespace {

const BlockCounts kHalf = {kBlocks, kBlocks / 2, kBlocks / 2};

bool IsRoot() {
  return getuid() == 0;
}

}  // namespace

TEST_CASE("limits that come after the start are obeyed: the ledger grows, or thins") {
  for (const char* limit : {"limit-fsize", "limit-as", "limit-nofile", "limit-memlock"}) {
    INFO(limit);
    const PreloadedChild run({TRAP_TARGET_PATH, limit});
    CHECK(run.wait_status == 0);
    CHECK(CountBlocks(run.Own(), kBytes) == kHalf);
    CheckBalanced(run.Own());
    CHECK(TotalsOf(run.Own()).alloc.samples > 16'384);
  }
}

TEST_CASE("a main stack of 64 KiB is enough") {
  const PreloadedChild run({TRAP_TARGET_PATH, "limit-stack"});
  CHECK(run.wait_status == 0);
  CHECK(run.Ledgers().size() == 3);  // before the exec, behind it, and the child
}

TEST_CASE("a target that locks its memory keeps its ledger") {
  if (!IsRoot()) return;
  const PreloadedChild run({TRAP_TARGET_PATH, "locked-all"});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Own(), kBytes) == kHalf);
}

TEST_CASE("a ledger, and its directory, may be deleted under a running target") {
  const PreloadedChild run({TRAP_TARGET_PATH, "ledger-deleted"});
  CHECK(run.wait_status == 0);
  CHECK_FALSE(fs::exists(run.directory.path));
}

TEST_CASE("nobody but root can cut a ledger that a target has mapped") {
  if (!IsRoot()) return;
  ScratchDirectory directory;
  fs::permissions(directory.path, fs::perms::all);
  // The first image is root's and writes elsewhere.
  const PreloadedChild run({"/usr/bin/env", "SEEP_DIR=" + directory.path, "setpriv",
                            "--reuid=65534", "--regid=65534", "--clear-groups", TRAP_TARGET_PATH,
                            "cut-by-others"});
  CHECK(run.wait_status == 0);
}

TEST_CASE("a program with the file's rights takes neither a preload nor orders") {
  if (!IsRoot()) return;
  ScratchDirectory directory;
  fs::permissions(directory.path, fs::perms::all);
  const fs::path folder = fs::path(TRAP_TARGET_PATH).parent_path() / "setuid_trap";
  fs::create_directories(folder);
  const std::string program = folder / "target";
  fs::copy_file(TRAP_TARGET_PATH, program, fs::copy_options::overwrite_existing);
  REQUIRE(chmod(program.c_str(), 04755) == 0);
  const PreloadedChild run({"/usr/bin/env", "SEEP_DIR=" + directory.path, "setpriv",
                            "--reuid=65534", "--regid=65534", "--clear-groups", program,
                            "allocate"});
  CHECK(run.wait_status == 0);
  for (const auto& entry : fs::directory_iterator(directory.path)) {
    const auto reader = ledger::Reader::Open(entry.path());
    REQUIRE(reader);
    CHECK(fs::path(reader->identity().exe).filename() != "target");
  }
  fs::remove_all(folder);
}

TEST_CASE("behind a seccomp filter the probe makes no system call: nobody is killed") {
  for (const char* way : {"seccomp-prctl", "seccomp-syscall", "seccomp-syscall-prctl"}) {
    INFO(way);
    const PreloadedChild run({TRAP_TARGET_PATH, way});
    CHECK(run.wait_status == 0);
    // The child has none. The table that may not grow was thinned: what is live weighs more.
    const BlockCounts counts = CountBlocks(run.Ledger(), kBytes);
    CHECK(counts.allocated == kBlocks);
    CHECK(counts.freed == kBlocks / 2);
    CheckBalanced(run.Ledger());
    CHECK(TotalsOf(run.Ledger()).alloc.samples > 2000);
  }
}

TEST_CASE("a process that is not dumpable names its child right") {
  if (!IsRoot()) return;
  ScratchDirectory directory;
  fs::permissions(directory.path, fs::perms::all);
  const PreloadedChild run({TRAP_TARGET_PATH, "not-dumpable"}, "1", {"SEEP_DIR=" + directory.path});
  CHECK(run.wait_status == 0);
  size_t ledgers = 0;
  for (const auto& entry : fs::directory_iterator(directory.path)) {
    const auto reader = ledger::Reader::Open(entry.path());
    REQUIRE(reader);
    CHECK(reader->identity().start_ticks > 0);
    ++ledgers;
  }
  CHECK(ledgers == 2);
}
