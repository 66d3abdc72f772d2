// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/ledger_directory.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;

namespace {

model::Result<agent::LedgerDirectory> Choose(const std::string& path) {
  setenv("SEEP_DIR", path.c_str(), 1);
  auto chosen = agent::LedgerDirectory::Choose();
  unsetenv("SEEP_DIR");
  return chosen;
}

}  // namespace

TEST_CASE("ledgers, reasons and images are told apart by their names") {
  ScratchDirectory scratch;
  for (const char* name : {"12-345-6.ledger", "12-345-70.ledger", "13-1-1.ledger", "x.ledger",
                           "12-345.ledger", "1-2-3.ledger.tmp", "99999999999-1-1.ledger"}) {
    std::ofstream(scratch.path + "/" + name) << "";
  }
  REQUIRE(symlink("no space", (scratch.path + "/14-7.failed").c_str()) == 0);
  const auto directory = Choose(scratch.path);
  REQUIRE(directory);
  const auto files = directory->List();
  CHECK(files.size() == 4);
  const auto newest = agent::FindNewest(files, 12, 345);
  REQUIRE(newest);
  CHECK(newest->image == 70);
  CHECK(agent::FindNewest(files, 14, 7)->failure_reason == "no space");
  CHECK_FALSE(agent::FindNewest(files, 12, 346));
}

TEST_CASE("a directory that cannot hold a ledger is refused before the target starts") {
  for (const char* path : {"/no/such/folder", "/proc", "/dev/null", "/usr"}) {
    INFO(path);
    const auto refused = Choose(path);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find(path) != std::string::npos);
    CHECK(refused.error().message.find("SEEP_DIR") != std::string::npos);
  }
}

TEST_CASE("the directory of a running process is where its ledger is mapped") {
  ScratchLedger scratch;  // mapped by this process
  const auto directory = agent::LedgerDirectory::OfProcess(getpid());
  REQUIRE(directory);
  CHECK(directory->path().starts_with("/dev/shm/seep-test-"));
  CHECK(agent::LedgerDirectory::OfProcess(1 << 30).error().code == model::Errc::kNotFound);
}
