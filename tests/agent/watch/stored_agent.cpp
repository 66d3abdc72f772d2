// SPDX-License-Identifier: Apache-2.0
#include "tests/agent/watch/stored_agent.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "storage/sqlite/queries.h"

namespace seep::agent::test {

namespace fs = std::filesystem;
using sqlite::test::OpenOrFail;
using sqlite::test::SampleTick;

model::Tick TickAt(int number) {
  model::Tick tick = SampleTick(number * kTick_s);
  tick.events.front().message = "tick " + std::to_string(number);
  return tick;
}

void CheckStored(const std::string& path, int ticks, int lost) {
  sqlite::Database database = OpenOrFail(path);
  CHECK(*database.QueryValue<std::string>("PRAGMA integrity_check") == "ok");
  const auto data = sqlite::LoadRun(database, model::RunId{1});
  REQUIRE(data);
  REQUIRE(data->series.size() == 2);
  for (const model::SeriesData& series : data->series) {
    REQUIRE(series.points.size() == size_t(ticks - lost));
    for (size_t i = 0; i < series.points.size(); ++i) {
      REQUIRE(series.points[i].t_s == double(int(i) + lost + 1) * kTick_s);
    }
  }
  // In the order in which they were written.
  std::vector<std::string> messages;
  std::string message;
  auto rows = database.Query(
      "SELECT message FROM event WHERE run_id = 1 AND kind = 'warning' ORDER BY event_id");
  while (rows.Next(message)) messages.push_back(message);
  REQUIRE(messages.size() == size_t(ticks - lost));
  for (size_t i = 0; i < messages.size(); ++i) {
    REQUIRE(messages[i] == "tick " + std::to_string(int(i) + lost + 1));
  }
}

std::vector<std::string> BreakerEvents(const std::string& path) {
  sqlite::Database database = OpenOrFail(path);
  std::vector<std::string> messages;
  std::string message;
  auto rows = database.Query("SELECT message FROM event WHERE kind = 'breaker' ORDER BY event_id");
  while (rows.Next(message)) messages.push_back(message);
  return messages;
}

size_t SpoolFiles(const std::string& folder) {
  size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files += entry.path().filename().string().find("-spool-") != std::string::npos ? 1 : 0;
  }
  return files;
}

}  // namespace seep::agent::test
