// SPDX-License-Identifier: Apache-2.0
// Writes a run of 48 h into a database, as the agent does: six processes of ten series every five
// seconds, one of them with 20,000 stacks. What a report on it costs is measured from outside.
//
//   seep_bench_long_run DATABASE
#include <cstdio>

#include "bench/synthetic/heap_snapshots.h"
#include "bench/synthetic/stack_population.h"
#include "storage/sqlite/run_writer.h"

using namespace seep;

namespace {

constexpr double kDuration_s = 48 * 3600;
constexpr double kTick_s = 5;
constexpr double kSnapshot_s = 60;
constexpr int kTargets = 6;
constexpr size_t kStacks = 20'000;
constexpr const char* kMetrics[] = {model::metric::kRssAnon,    model::metric::kRssFile,
                                    model::metric::kRssShmem,   model::metric::kSwap,
                                    model::metric::kRssSwap,    model::metric::kFds,
                                    model::metric::kThreads,    model::metric::kHeapLive,
                                    model::metric::kHeapLiveSe, model::metric::kMappedLive};

model::Target TargetNumber(int i) {
  model::Target target;
  target.pid = 1000 + i;
  target.start_ticks = 1;
  target.probe = "active";
  target.last_seen_s = kDuration_s;
  return target;
}

model::Status Write(const char* path) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return std::unexpected(database.error());
  model::Run run;
  run.command = {"long_run"};
  run.tick_s = kTick_s;
  run.snapshot_s = kSnapshot_s;
  auto writer = sqlite::RunWriter::Begin(*database, run);
  if (!writer) return std::unexpected(writer.error());

  synthetic::Rng rng(1);
  synthetic::Observer observer(kDuration_s, kSnapshot_s);
  const synthetic::Population population = synthetic::MakePopulation(rng, observer, kStacks);
  auto snapshots = synthetic::HeapSnapshots(population, kDuration_s, kSnapshot_s);
  for (double t_s = kTick_s; t_s <= kDuration_s; t_s += kTick_s) {
    model::Tick tick{.t_s = t_s, .targets = {}, .events = {}};
    for (int i = 0; i < kTargets; ++i) {
      model::TargetTick& target =
          tick.targets.emplace_back(model::TargetTick{TargetNumber(i), {}, {}});
      for (const char* metric : kMetrics) {
        target.measurements.push_back({metric, "bytes", 1e9 + 1e6 * synthetic::Normal(rng)});
      }
    }
    if (auto node = snapshots.extract(t_s)) tick.targets[0].heap = std::move(node.mapped());
    if (auto written = writer->Write(tick); !written) return written;
  }
  return writer->Finish(kDuration_s, 0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s DATABASE\n", arguments[0]);
    return 2;
  }
  const auto written = Write(arguments[1]);
  if (written) return 0;
  std::fprintf(stderr, "%s: %s\n", arguments[0], written.error().message.c_str());
  return 1;
}
