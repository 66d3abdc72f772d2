// SPDX-License-Identifier: Apache-2.0
// The file of the database is damaged under an agent: it is set aside, and the runs go on in a new
// one; what was told before is told again.
#include <catch2/catch.hpp>
#include <filesystem>
#include <random>

#include "storage/sqlite/queries.h"
#include "tests/agent/watch/stored_agent.h"

using namespace seep;
using namespace seep::agent;
using namespace seep::agent::test;
using namespace seep::sqlite::test;
using resilience::BreakerState;
namespace fs = std::filesystem;

namespace {

// Everything goes into the file itself: the log would hide the damage.
void Checkpoint(Agent& agent) {
  REQUIRE(agent.database().RunScript("PRAGMA wal_checkpoint(TRUNCATE)"));
}

// Pages in memory would hide it, too: for as long as nobody else writes.
void ForgetPages(Agent& agent) {
  REQUIRE(agent.database().RunScript("PRAGMA shrink_memory"));
}

size_t SetAsideFiles(const std::string& folder) {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files += entry.path().filename().string().find("-damaged-") != std::string::npos ? 1 : 0;
  }
  return files;
}

// Without truncating the open file.
void Overwrite(const std::string& path, size_t at, const std::string& bytes) {
  std::FILE* file = std::fopen(path.c_str(), "r+b");
  REQUIRE(file != nullptr);
  std::fseek(file, static_cast<long>(at), SEEK_SET);
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
}

}  // namespace

TEST_CASE("a database that is damaged while it is in use is set aside, and begun anew") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(40);
  Checkpoint(agent);
  const auto bytes = fs::file_size(agent.path());
  SECTION("all of it is overwritten") {
    std::mt19937 random(20261122);
    std::string noise(bytes, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    Overwrite(agent.path(), 0, noise);
  }
  SECTION("all of it is zeros") {
    Overwrite(agent.path(), 0, std::string(bytes, '\0'));
  }
  SECTION("it is cut") {
    fs::resize_file(agent.path(), 4096);
  }
  SECTION("it is emptied") {
    fs::resize_file(agent.path(), 0);
  }
  ForgetPages(agent);
  agent.Tick(10);
  CHECK(agent.state() == BreakerState::kClosed);
  CHECK_FALSE(agent.store().is_away());
  CHECK(agent.store().generation() == 1);
  CHECK(agent.store().refused() == 0);
  CHECK(SetAsideFiles(folder.path()) >= 1);
  CHECK(agent.Finish());
  // What was measured from then on, at its time.
  CheckStored(agent.path(), agent.ticks(), 40);
  const auto events = BreakerEvents(agent.path());
  REQUIRE(events.size() >= 1);
  CHECK(events.front().find("-damaged-") != std::string::npos);
}

TEST_CASE("ticks that waited for a damaged database go into the new one") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(40);
  Checkpoint(agent);
  {
    sqlite::Database other = OpenOrFail(agent.path());
    const auto lock = sqlite::Transaction::Start(other, sqlite::Transaction::Kind::kWrite);
    agent.Tick(20);
    Overwrite(agent.path(), 0, std::string(fs::file_size(agent.path()), '\0'));
  }
  ForgetPages(agent);
  agent.Tick(40);
  CHECK(agent.Finish());
  CheckStored(agent.path(), agent.ticks(), 40);
}

TEST_CASE("what else finds the damage has it mended") {
  const TempDir folder;
  Agent agent(folder.path());
  agent.Tick(3);
  CHECK_FALSE(agent.store().Mend({model::Errc::kBusy, "busy"}));
  CHECK(agent.store().generation() == 0);
  CHECK(agent.store().Mend({model::Errc::kCorrupt, "damaged"}));
  agent.Tick(3);
  CHECK(agent.Finish());
  CheckStored(agent.path(), agent.ticks(), 3);
}
