// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include "agent/commands/judge.h"
#include "analysis/report/report.h"
#include "storage/sqlite/queries.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/run_writer.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/readers.h"

namespace seep::fuzz {
namespace {

using sqlite::Database;
using sqlite::OpenMode;

model::Tick TickAt(double t_s) {
  model::Tick tick{.t_s = t_s, .targets = {}, .events = {{t_s, "start", "fuzz"}}};
  model::TargetTick target;
  target.target.pid = 7;
  target.target.start_ticks = 7;
  target.measurements.push_back({"rss_anon", "bytes", 1e6});
  tick.targets.push_back(std::move(target));
  return tick;
}

void Write(const std::string& path) {
  auto database = Database::Open(path, OpenMode::kReadWriteCreate);
  if (!database) return;
  const auto runs = sqlite::ListRuns(*database);
  if (runs && !runs->empty()) {
    if (auto writer = sqlite::RunWriter::Resume(*database, runs->front().id)) {
      for (const double t_s : {1e5, 1e5 + 5}) {
        [[maybe_unused]] const auto written = writer->Write(TickAt(t_s));
      }
    }
  }
  [[maybe_unused]] const auto retained =
      sqlite::Retain(*database, {}, int64_t{2'000'000'000} * 1'000'000'000);
}

void Report(const std::string& path) {
  auto database = Database::Open(path, OpenMode::kReadOnly);
  if (!database) return;
  const auto runs = sqlite::ListRuns(*database);
  if (!runs) return;
  for (const model::Run& run : *runs) {
    const auto judgement = agent::Judge(*database, run.id);
    if (!judgement) continue;
    Expect(!report::ToText(judgement->Input()).empty(), "a report");
    Expect(!report::ToJson(judgement->Input()).empty(), "a report");
  }
}

}  // namespace

void ReadDatabase(const std::string& path, Random& random) {
  for (const char* suffix : {"-wal", "-shm"}) unlink((path + suffix).c_str());
  Report(path);
  if (Below(random, 2) == 0) Write(path);
  for (const char* suffix : {"-wal", "-shm"}) unlink((path + suffix).c_str());
}

}  // namespace seep::fuzz
