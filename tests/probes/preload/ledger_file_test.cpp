// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/ledger_file.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <set>

#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;
namespace fs = std::filesystem;

namespace {

std::string Create(const std::string& directory, Identity identity = ReadIdentity()) {
  Settings settings{};
  settings.directory.Add(directory.c_str());
  LedgerView view;
  const char* reason = CreateLedger(settings, identity, &view);
  CHECK((view.base == nullptr) == (reason != nullptr));
  return reason != nullptr ? reason : "";
}

std::set<std::string> Names(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) {
    names.insert(entry.path().filename());
  }
  return names;
}

}  // namespace

TEST_CASE("a new ledger names its process and is private and whole") {
  ScratchLedger scratch(4096);
  const ledger::Header& header = scratch.view.header();
  CHECK(std::memcmp(header.magic, ledger::kMagic, sizeof(ledger::kMagic)) == 0);
  CHECK(header.pid == static_cast<uint32_t>(getpid()));
  CHECK(header.start_ticks > 0);
  CHECK(header.base_interval_bytes == 4096);
  CHECK(std::string(header.boot_id).size() == 36);
  CHECK(std::string(header.exe) == fs::read_symlink("/proc/self/exe").string());
  CHECK(fs::file_size(scratch.path) == ledger::SectionsOf(ledger::kFullGeometry).file_bytes);
  // Sparse: what is there is what was populated.
  struct stat file {};
  REQUIRE(stat(scratch.path.c_str(), &file) == 0);
  CHECK(static_cast<uint64_t>(file.st_blocks) * 512 == header.populated_bytes.load());
  CHECK((fs::status(scratch.path).permissions() & fs::perms::all) == fs::perms::owner_read);
}

TEST_CASE("every image of a process has a ledger, and two are kept") {
  ScratchDirectory directory;
  for (int i = 0; i < 5; ++i) CHECK(Create(directory.path).empty());
  CHECK(Names(directory.path).size() == 2);
  // Another process's ledgers are left alone.
  CHECK(Create(directory.path, {1, 77}).empty());
  CHECK(Create(directory.path).empty());
  CHECK(Names(directory.path).size() == 3);
}

TEST_CASE("a directory on a disk is refused: a full disk would kill the target") {
  ScratchDirectory directory;
  const fs::path disk = fs::temp_directory_path() / ("seep-disk-" + std::to_string(getpid()));
  fs::create_directory(disk);
  CHECK(Create(disk) == "the ledger directory is not on tmpfs");
  const auto names = Names(disk);
  REQUIRE(names.size() == 1);
  CHECK(names.begin()->ends_with(ledger::kFailedSuffix));
  CHECK(fs::read_symlink(disk / *names.begin()) == "the ledger directory is not on tmpfs");
  fs::remove_all(disk);
}

TEST_CASE("a directory that is missing, or none, is a reason and not a crash") {
  ScratchDirectory directory;
  CHECK(Create(directory.path + "/missing") == "the ledger directory does not exist");
  std::ofstream(directory.path + "/file") << "x";
  CHECK(Create(directory.path + "/file") == "the ledger directory is not a directory");
  CHECK(Create(std::string(600, 'a')) != "");
}

TEST_CASE("ledgers that nobody collects are bounded") {
  ScratchDirectory directory;
  for (int i = 0; i < 300; ++i) std::ofstream(directory.path + "/" + std::to_string(i));
  CHECK(Create(directory.path) == "the ledger directory holds too many ledgers of ended processes");
}

TEST_CASE("a target whose address space is limited gets the small ledger") {
  ScratchDirectory directory;
  struct rlimit old_limit {};
  REQUIRE(getrlimit(RLIMIT_AS, &old_limit) == 0);
  const struct rlimit limit { RLIM_INFINITY - 1, old_limit.rlim_max };  // high, but a limit
  REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
  ScratchLedger scratch;
  REQUIRE(setrlimit(RLIMIT_AS, &old_limit) == 0);
  CHECK(fs::file_size(scratch.path) == ledger::SectionsOf(ledger::kSmallGeometry).file_bytes);
}

TEST_CASE("a limit of file sizes is a reason, not a SIGXFSZ") {
  ScratchDirectory directory;
  struct rlimit old_limit {};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  const struct rlimit limit { 1 << 20, old_limit.rlim_max };
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const std::string reason = Create(directory.path);
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old_limit) == 0);
  CHECK(reason == "the limit of file sizes (RLIMIT_FSIZE) is below that of a ledger");
}
