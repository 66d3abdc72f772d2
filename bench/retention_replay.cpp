// SPDX-License-Identifier: Apache-2.0
// Replays the ticks of many services through RunWriter, as the daemon does: one run each, one
// transaction a tick, retention once a minute. Prints what the database takes and how long the
// transactions last. Run by bench/retention.
//
//   seep_bench_retention_replay DATABASE TARGETS HOURS [RAW_HOURS MINUTE_HOURS]
//   seep_bench_retention_replay DATABASE merge STACKS
// Without RAW_HOURS: without retention. `merge`: stacks that changed in all of 64 windows, and the
// ticks after the windows have become longer.
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/synthetic/replay_target.h"
#include "storage/sqlite/retention.h"
#include "storage/sqlite/run_writer.h"

using namespace seep;

namespace {

using Clock = std::chrono::steady_clock;

long long FileBytes(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? info.st_size : 0;
}

// How long something took each time; on a busy machine its CPU time says more.
class Times {
 public:
  template <typename Function>
  auto Measure(const Function& function) {
    const auto begin = Clock::now();
    const std::clock_t cpu_begin = std::clock();
    auto result = function();
    cpu_ms_.push_back(1e3F * static_cast<float>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
    ms_.push_back(std::chrono::duration<float, std::milli>(Clock::now() - begin).count());
    return result;
  }
  void Print(const std::string& name) {
    Print(name, &ms_);
    Print(name + "_cpu", &cpu_ms_);
  }

 private:
  static void Print(const std::string& name, std::vector<float>* ms) {
    if (ms->empty()) return;
    std::ranges::sort(*ms);
    const auto print = [&](const char* what, double share) {
      const auto place = static_cast<size_t>(share * static_cast<double>(ms->size() - 1));
      std::printf(" %s_%s_ms=%.3f", name.c_str(), what, static_cast<double>((*ms)[place]));
    };
    print("p50", 0.5);
    print("p99", 0.99);
    print("max", 1);
  }

  std::vector<float> ms_;
  std::vector<float> cpu_ms_;
};

model::Result<sqlite::RunWriter> Begin(sqlite::Database& database, int number,
                                       const synthetic::ReplayShape& shape) {
  model::Run run;
  run.name = "service-" + std::to_string(number);
  run.tick_s = shape.tick_s;
  run.snapshot_s = shape.snapshot_s;
  return sqlite::RunWriter::Begin(database, run);
}

model::Status Replay(const std::string& path, int targets, double hours,
                     const std::optional<sqlite::RetentionPolicy>& policy) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return std::unexpected(database.error());
  const synthetic::ReplayShape shape;
  std::vector<synthetic::ReplayTarget> services;
  std::vector<sqlite::RunWriter> writers;
  for (int i = 0; i < targets; ++i) {
    auto writer = Begin(*database, i, shape);
    if (!writer) return std::unexpected(writer.error());
    writers.push_back(std::move(*writer));
    services.emplace_back(i, shape);
  }
  Times tick_times;
  Times snapshot_times;
  Times retain_times;
  long long most_bytes = 0;
  const auto ticks = static_cast<int64_t>(hours * 3600 / shape.tick_s);
  const auto ticks_per_snapshot = static_cast<int64_t>(shape.snapshot_s / shape.tick_s);
  for (int64_t tick = 1; tick <= ticks; ++tick) {
    for (size_t i = 0; i < services.size(); ++i) {
      const model::Tick next = services[i].Next(tick);
      Times& times = next.targets[0].heap ? snapshot_times : tick_times;
      if (auto s = times.Measure([&] { return writers[i].Write(next); }); !s) return s;
    }
    if (tick % ticks_per_snapshot != 0) continue;
    most_bytes = std::max(most_bytes, FileBytes(path));
    // Once a minute until it is done; the daemon lets ticks pass in between.
    const auto now_ns = static_cast<int64_t>(1e9 * shape.tick_s * static_cast<double>(tick));
    for (bool is_done = !policy.has_value(); !is_done;) {
      const auto retained =
          retain_times.Measure([&] { return sqlite::Retain(*database, *policy, now_ns); });
      if (!retained) return std::unexpected(retained.error());
      is_done = retained->is_done;
    }
  }
  std::printf("targets=%d hours=%g db_bytes=%lld wal_bytes=%lld most_bytes=%lld", targets, hours,
              FileBytes(path), FileBytes(path + "-wal"), most_bytes);
  tick_times.Print("tick");
  snapshot_times.Print("snapshot");
  retain_times.Print("retain");
  std::printf("\n");
  return {};
}

model::Status Merge(const std::string& path, size_t stacks) {
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return std::unexpected(database.error());
  synthetic::ReplayShape shape{.stacks = stacks, .changed_stacks = stacks, .samples = 1};
  shape.tick_s = 5;
  auto writer = Begin(*database, 0, shape);
  if (!writer) return std::unexpected(writer.error());
  // All of them, at the end of each of 64 windows of 64 s.
  constexpr int64_t kLength = 256;
  constexpr int64_t kWindows = 64;
  synthetic::ReplayTarget service(0, shape);
  model::Tick tick = service.Next(static_cast<int64_t>(shape.snapshot_s / shape.tick_s));
  model::HeapDelta& heap = *tick.targets[0].heap;
  for (int64_t window = 0; window < kWindows; ++window) {
    tick.t_s = 64.0 * static_cast<double>(window) + 60;
    heap.window = {window * kLength, kLength};
    for (auto& [slot, point] : heap.changed) point.t_s = tick.t_s;
    if (auto s = writer->Write(tick); !s) return s;
    heap.new_stacks.clear();
    heap.survivors.clear();
    heap.are_survivors_whole = false;
  }
  heap.window = {kWindows * kLength, 2 * kLength};
  Times times;
  long long ticks = 0;
  for (bool is_merging = true; is_merging; ++ticks) {
    tick.t_s += shape.tick_s;
    // The tick of the doubling has a snapshot in which nothing has changed.
    if (ticks == 0) heap.changed.clear();
    if (ticks == 1) tick.targets[0].heap.reset();
    if (auto s = times.Measure([&] { return writer->Write(tick); }); !s) return s;
    const auto left = database->QueryValue<int64_t>("SELECT count(*) FROM window_merge");
    if (!left) return std::unexpected(left.error());
    is_merging = left->value_or(0) > 0;
  }
  std::printf("stacks=%zu merge_ticks=%lld", stacks, ticks);
  times.Print("tick");
  std::printf("\n");
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  model::Status done;
  if (count == 4 && arguments[2] == std::string_view("merge")) {
    done = Merge(arguments[1], static_cast<size_t>(std::atoi(arguments[3])));
  } else if (count == 4 || count == 6) {
    std::optional<sqlite::RetentionPolicy> policy;
    if (count == 6) {
      policy = sqlite::RetentionPolicy{.raw_s = 3600 * std::atof(arguments[4]),
                                       .minute_s = 3600 * std::atof(arguments[5])};
    }
    done = Replay(arguments[1], std::atoi(arguments[2]), std::atof(arguments[3]), policy);
  } else {
    std::fprintf(stderr,
                 "usage: %s DATABASE TARGETS HOURS [RAW_HOURS MINUTE_HOURS]\n"
                 "       %s DATABASE merge STACKS\n",
                 arguments[0], arguments[0]);
    return 2;
  }
  if (done) return 0;
  std::fprintf(stderr, "%s: %s\n", arguments[0], done.error().message.c_str());
  return 1;
}
