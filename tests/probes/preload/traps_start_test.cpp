// SPDX-License-Identifier: Apache-2.0
// docs/traps.md, start-up: whatever is loaded beside us, the program runs as it would without.
#include "tests/probes/preload/ledger_totals.h"
#include "tests/probes/preload/preloaded_child.h"
#include "tests/probes/preload/traps/trap.h"

using namespace traps;

namespace {

const BlockCounts kHalf = {kBlocks, kBlocks / 2, kBlocks / 2};

}  // namespace

TEST_CASE("another preload that hooks files and mappings is not called, in either order") {
  for (const char* order :
       {SEEP_PROBE_PATH ":" TRAP_NOSY_PATH, TRAP_NOSY_PATH ":" SEEP_PROBE_PATH}) {
    INFO(order);
    const PreloadedChild run({TRAP_TARGET_PATH, "grow-and-fork"}, "1",
                             {std::string("LD_PRELOAD=") + order});
    CHECK(run.wait_status == 0);
    CHECK(CountBlocks(run.Own(), kBytes) == kHalf);
    REQUIRE(run.OfChildren().size() == 1);
    CHECK(CountBlocks(run.OfChildren()[0], kChildBytes) == kHalf);
  }
}

TEST_CASE("a probe that is not there, or no library, is not the target's problem") {
  for (const char* library : {"/nonexistent/libseep.so", "/etc/passwd"}) {
    const PreloadedChild run({TRAP_TARGET_PATH, "allocate"}, "1",
                             {std::string("LD_PRELOAD=") + library});
    CHECK(run.wait_status == 0);
    CHECK(run.Ledgers().empty());
  }
}

TEST_CASE("blocks before libc is set up are not known, and open no ledger in a wrong place") {
  const PreloadedChild run({TRAP_EARLY_PATH});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == kHalf);
  CHECK(CountBlocks(run.Ledger(), 3000).allocated == 0);
  CHECK(CountBlocks(run.Ledger(), 7000).allocated == 0);
}

// dl_iterate_phdr is called in the constructor only, where the loader's lock is held anyway.
// pthread_setspecific is there for exact mode, with a key that needs no memory (thread_shard.cpp).
TEST_CASE("the probe imports nothing that allocates, locks, prints, ends or asks for TLS") {
  FILE* pipe = popen(
      "nm -D --undefined-only " SEEP_PROBE_PATH
      " | grep -cE ' (malloc|free|__tls_get_addr|.*printf.*|puts|f?write|fopen|exit|_exit|atexit"
      "|__cxa_atexit|__register_atfork|pthread_(create|mutex.*|rwlock.*|atfork)"
      "|dladdr|getenv|sigaction|signal|send|_Z.*|__gxx.*|__libc_[mfcr].*)(@|$)'",
      "r");
  int imports = -1;
  CHECK(fscanf(pipe, "%d", &imports) == 1);
  pclose(pipe);
  CHECK(imports == 0);
  // Code that a thread may be running is never unmapped; a wrapped dlopen would change $ORIGIN.
  CHECK(system("readelf -d " SEEP_PROBE_PATH " | grep -q NODELETE") == 0);
  CHECK(system("nm -D --defined-only " SEEP_PROBE_PATH " | grep -qE ' dlm?open$'") != 0);
}

TEST_CASE("an audit library has a namespace and an allocator of its own") {
  const PreloadedChild run({TRAP_TARGET_PATH, "allocate"}, "1", {"LD_AUDIT=" TRAP_AUDIT_PATH});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == kHalf);
}

TEST_CASE("a second probe in another namespace stays inert: one ledger a process") {
  const PreloadedChild run({TRAP_TARGET_PATH, "other-namespace"}, "1",
                           {"TRAP_LIBRARY=" SEEP_PROBE_PATH});
  CHECK(run.wait_status == 0);
  CHECK(CountBlocks(run.Ledger(), kBytes) == kHalf);
  CHECK(CountBlocks(run.Ledger(), kOtherBytes).allocated == 0);
}

TEST_CASE("programs built with a sanitizer run unharmed under a preload by hand") {
  for (const char* program : {TRAP_ASAN_PATH, TRAP_STATIC_ASAN_PATH, TRAP_TSAN_PATH}) {
    INFO(program);
    const PreloadedChild run({program});
    CHECK(run.wait_status == 0);
    // A runtime that is linked in comes before us with a malloc of its own: nothing to sample.
    if (std::string(program) != TRAP_STATIC_ASAN_PATH) CHECK(run.Ledgers().empty());
  }
  // And still find what they are there for.
  const PreloadedChild run({TRAP_ASAN_PATH, "use-after-free"}, "1",
                           {"ASAN_OPTIONS=log_path=/dev/null"});
  CHECK(run.wait_status != 0);
}

TEST_CASE("the probe fits into the static TLS that is left for libraries loaded late") {
  const PreloadedChild run({TRAP_TARGET_PATH, "loaded-late"}, "1",
                           {"LD_PRELOAD=", "TRAP_LIBRARY=" SEEP_PROBE_PATH});
  CHECK(run.wait_status == 0);
  FILE* pipe = popen("readelf -lW " SEEP_PROBE_PATH " | awk '$1 == \"TLS\" {print $6}'", "r");
  unsigned tls_bytes = 0;
  CHECK(fscanf(pipe, "%x", &tls_bytes) == 1);
  pclose(pipe);
  CHECK(tls_bytes <= 64);
}
