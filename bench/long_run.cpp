// SPDX-License-Identifier: Apache-2.0
// Writes a run of 48 h into a database, as the agent does: six processes of ten series every five
// seconds, one of them with 20,000 stacks. What a report on it costs is measured from outside.
//
//   seep_bench_long_run DATABASE
#include <cstdio>
#include <map>

#include "bench/synthetic/stack_population.h"
#include "storage/model/heap_window.h"
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

// The heap at the end of each window, by the time of that snapshot.
using Snapshots = std::map<double, model::HeapDelta>;

Snapshots Reduce(const synthetic::Population& population) {
  Snapshots snapshots;
  const int64_t length = model::WindowAt(kDuration_s).length;
  model::HeapDelta& first = snapshots[kSnapshot_s];
  model::HeapDelta& last = snapshots[kDuration_s];
  for (const model::StackHistory& history : population.data.stacks) {
    const uint32_t slot = history.stack.slot;
    first.new_stacks.push_back(history.stack);
    for (const model::StackPoint& point : history.points) {
      snapshots[point.t_s].changed.emplace_back(slot, point);
    }
    for (const model::SurvivorBin& bin : history.survivors) last.survivors.emplace_back(slot, bin);
  }
  for (auto& [t_s, delta] : snapshots) {
    const auto quarters = static_cast<int64_t>(t_s / model::kShortestWindow_s);
    delta.window = {quarters - quarters % length, length};
    delta.are_survivors_whole = false;
  }
  return snapshots;
}

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
  Snapshots snapshots = Reduce(population);
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
