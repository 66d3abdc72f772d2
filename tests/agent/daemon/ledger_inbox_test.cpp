// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/ledger_inbox.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

using seep::agent::IsBelieved;
using seep::agent::LedgerDirectory;
using seep::agent::LedgerFile;
using seep::agent::LedgerInbox;

namespace {

struct Folder {
  std::string path = "/dev/shm/seep-inbox-test-XXXXXX";
  Folder() { REQUIRE(mkdtemp(path.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
};

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

TEST_CASE("ten thousand files that are no ledgers cost little at a look, and are opened once") {
  const Folder folder;
  for (int i = 0; i < 10'000; ++i) {
    std::ofstream(folder.path + "/" + std::to_string(100'000 + i) + "-7-0.ledger") << "no ledger";
  }
  LedgerInbox inbox({folder.path});
  int looks = 0;
  double most_s = 0;
  do {
    const double begun_s = CpuSeconds();
    CHECK(inbox.FindNew().empty());
    most_s = std::max(most_s, CpuSeconds() - begun_s);
    REQUIRE(++looks < 2000);
  } while (inbox.is_behind());
  CHECK(most_s < 0.5);
  const double begun_s = CpuSeconds();
  CHECK(inbox.FindNew().empty());
  CHECK_FALSE(inbox.is_behind());
  WARN(looks << " looks, the longest " << most_s << " s of CPU; afterwards one takes "
             << CpuSeconds() - begun_s << " s");
}

TEST_CASE("a directory is believed about processes of its owner, and root's about all") {
  const Folder folder;
  std::ofstream(folder.path + "/4711-7-1.ledger") << "x";
  if (geteuid() == 0) {
    REQUIRE(LedgerDirectory::Found(folder.path).List().size() == 1);
    CHECK_FALSE(LedgerDirectory::Found(folder.path).List()[0].believed_of);
    REQUIRE(chown(folder.path.c_str(), 65534, 65534) == 0);
  }
  const uid_t owner = geteuid() == 0 ? 65534 : geteuid();
  const auto files = LedgerDirectory::Found(folder.path).List();
  REQUIRE(files.size() == 1);
  CHECK(files[0].believed_of == owner);
  CHECK(IsBelieved(files[0], owner));
  CHECK_FALSE(IsBelieved(files[0], owner + 1));
  CHECK(seep::agent::FindNewest(files, 4711, 7, owner));
  CHECK_FALSE(seep::agent::FindNewest(files, 4711, 7, owner + 1));
  // One that was chosen is believed.
  CHECK_FALSE(LedgerDirectory::At(folder.path).List()[0].believed_of);
}
