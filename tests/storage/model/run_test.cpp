// SPDX-License-Identifier: Apache-2.0
#include "storage/model/run.h"

#include <catch2/catch.hpp>

using seep::model::ProgramName;
using seep::model::Target;

namespace {

Target Make(const char* exe, const char* command_line) {
  Target target;
  target.exe = exe;
  target.command_line = command_line;
  return target;
}

}  // namespace

TEST_CASE("a program is called as its command line calls it") {
  CHECK(ProgramName(Make("/usr/bin/redis-check-rdb", "redis-server *:6379")) == "redis-server");
  CHECK(ProgramName(Make("/usr/sbin/nginx", "nginx: worker process")) == "nginx");
  CHECK(ProgramName(Make("/usr/bin/bash", "-bash")) == "bash");
  CHECK(ProgramName(Make("/usr/bin/python3.11", "/usr/bin/python3 a b")) == "python3");
}

TEST_CASE("without a command line it is called by its file, and never by nothing") {
  CHECK(ProgramName(Make("/usr/bin/redis-check-rdb", "")) == "redis-check-rdb");
  CHECK(ProgramName(Make("", "")) == "process");
  CHECK(ProgramName(Make("/usr/bin/x", "/")) == "process");
}
