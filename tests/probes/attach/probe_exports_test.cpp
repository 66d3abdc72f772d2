// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/probe_exports.h"

#include <link.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include "probes/attach/loaded_program.h"

using namespace seep::attach;

TEST_CASE("entries and hooks are read from the library's file, relative to its place") {
  const auto exports = ReadExports(SEEP_PROBE_PATH);
  REQUIRE(exports);
  CHECK(exports->FindFunction("malloc"));
  CHECK_FALSE(exports->FindFunction("seep_slots"));
  const auto entries = ProbeEntries::Find(*exports, 1);
  REQUIRE(entries);
  CHECK(entries->attach < 0x1000000);
  CHECK(entries->slots % 4096 == 0);
  CHECK(entries->MovedBy(0x10000).detach == entries->detach + 0x10000);
}

TEST_CASE("a library without the entries is told to be of another version") {
  const auto program = LoadedProgram::Read(Memory(getpid()));
  REQUIRE(program);
  const auto entries = ProbeEntries::Find(program->symbols(*program->libc()), 4711);
  REQUIRE_FALSE(entries);
  CHECK(entries.error().code == seep::model::Errc::kUnsupported);
  CHECK(entries.error().message.find("4711") != std::string::npos);
  CHECK(entries.error().message.find("another version") != std::string::npos);
}

TEST_CASE("what is no library has no exports") {
  CHECK_FALSE(ReadExports("/no/such/file"));
  CHECK_FALSE(ReadExports("/proc/self/status"));
  CHECK_FALSE(ReadExports("/etc/passwd"));
}
