// SPDX-License-Identifier: Apache-2.0
// Writes a run into a database that gives an HTML report a lot to show: a service that leaks, its
// series and parts of memory, some thousand stacks through the code of a real program, workers
// beside it. Run by bench/report_html and tests/end_to_end/test_html.py.
//
//   seep_bench_html_run DATABASE PROGRAM [HOURS [STACKS]]
// PROGRAM: an ELF file whose code the stacks go through. Default: 48 h, 5,000 stacks.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numbers>

#include "agent/symbols/elf_file.h"
#include "bench/synthetic/heap_snapshots.h"
#include "bench/synthetic/stack_population.h"
#include "storage/sqlite/run_writer.h"

using namespace seep;

namespace {

namespace metric = model::metric;

constexpr double kTick_s = 10;
constexpr double kSnapshot_s = 60;
constexpr int kWorkers = 5;
constexpr double kMiB = 1024 * 1024;
constexpr size_t kCallSites = 10'000;

struct Shape {
  double duration_s = 48 * 3600;
  size_t stacks = 5000;
};

double Pages(double bytes) {
  return 4096 * std::round(bytes / 4096);
}

// Of a few branches near main, and ever more further in: each stack is a path of its own.
void TakePaths(synthetic::Rng& rng, const std::vector<symbols::CodeSection>& sections,
               synthetic::Population& population) {
  const symbols::CodeSection& code =
      *std::ranges::max_element(sections, {}, [](const auto& one) { return one.high - one.low; });
  std::vector<uint64_t> sites;
  for (size_t i = 0; i < kCallSites; ++i) {
    sites.push_back(code.low + 1 + rng() % (code.high - code.low - 1));
  }
  for (size_t i = 0; i < population.data.stacks.size(); ++i) {
    std::vector<model::Frame>& frames = population.data.stacks[i].stack.frames;
    const size_t depth = 13 + i % 17;
    frames.resize(depth);
    for (size_t d = 0; d < depth; ++d) {
      const size_t branch = d < 13 ? i >> (13 - d) : i;
      frames[depth - 1 - d] = {model::ModuleId{1},
                               sites[(branch * 2654435761u + d * 97) % kCallSites]};
    }
  }
}

// The service: its memory is that of its stacks, and what a program has beside them.
class Service {
 public:
  explicit Service(double duration_s) : duration_s_(duration_s) {}

  // `heap_bytes`: of the last window of its stacks; it gets there in an hour or so.
  std::vector<model::Measurement> Measure(synthetic::Rng& rng, double t_s, double heap_bytes) {
    const double day = std::sin(2 * std::numbers::pi * t_s / 86400);
    const double warm = 1 - std::exp(-t_s / (0.02 * duration_s_));
    noise_ = 0.95 * noise_ + synthetic::Normal(rng);
    live_ += (heap_bytes - live_) * std::min(1.0, kTick_s / std::min(3600.0, 0.02 * duration_s_));
    const double live = live_ + 2 * noise_ * kMiB;
    const double own = 700 * 1024;
    const double slack = (40 + 6 * day + noise_) * kMiB * warm;
    const double mapped = 96 * kMiB;
    const double stacks = 3 * kMiB;
    const double dirty = 11 * kMiB * warm;
    const double clean = (28 + 2 * day) * kMiB;
    const double shmem = 16 * kMiB;
    const double held = live + slack;
    const double anon = Pages(held + mapped + stacks + own);
    cpu_s_ += kTick_s * (0.7 + 0.2 * day + synthetic::Uniform(rng, 0, 0.1));
    faults_ += std::round(synthetic::Uniform(rng, 100, 300));
    read_ += Pages(synthetic::Uniform(rng, 0, kMiB));
    return {{metric::kRssAnon, "bytes", anon},
            {metric::kRssFile, "bytes", Pages(dirty + clean)},
            {metric::kRssShmem, "bytes", shmem},
            {metric::kSwap, "bytes", 0},
            {metric::kRssSwap, "bytes", anon + Pages(dirty + clean) + shmem},
            {metric::kAnonArenas, "bytes", Pages(held)},
            {metric::kAnonMaps, "bytes", mapped},
            {metric::kThreadStacks, "bytes", stacks},
            {metric::kFileDirty, "bytes", Pages(dirty)},
            {metric::kFileClean, "bytes", Pages(clean)},
            {metric::kSeepOwn, "bytes", own},
            {metric::kAllocatorInUse, "bytes", live},
            {metric::kAllocatorHeld, "bytes", held},
            {metric::kAllocatorMapped, "bytes", 0},
            {metric::kHeapLive, "bytes", live},
            {metric::kHeapLiveSe, "bytes", std::sqrt(live * synthetic::kInterval_bytes)},
            {metric::kMappedLive, "bytes", mapped},
            {metric::kFds, "fds", std::round(180 + 40 * day + synthetic::Uniform(rng, 0, 12))},
            {metric::kThreads, "threads", 32},
            {metric::kCpuSeconds, "seconds", cpu_s_},
            {metric::kMinorFaults, "faults", faults_},
            {metric::kMappings, "mappings", 412},
            {metric::kZombies, "processes", 0},
            {metric::kIoRead, "bytes", read_},
            {metric::kVmSize, "bytes", 1024 * kMiB + held}};
  }

 private:
  double duration_s_;
  double live_ = 0;
  double noise_ = 0;
  double cpu_s_ = 0;
  double faults_ = 0;
  double read_ = 0;
};

std::vector<model::Measurement> MeasureWorker(synthetic::Rng& rng, int number, double t_s) {
  const double anon = Pages((60 + 15 * number + synthetic::Normal(rng)) * kMiB);
  return {{metric::kRssAnon, "bytes", anon},
          {metric::kRssFile, "bytes", 12 * kMiB},
          {metric::kRssSwap, "bytes", anon + 12 * kMiB},
          {metric::kFds, "fds", std::round(synthetic::Uniform(rng, 30, 60))},
          {metric::kThreads, "threads", 4},
          {metric::kCpuSeconds, "seconds", 0.1 * t_s},
          {metric::kVmSize, "bytes", 512 * kMiB}};
}

model::Target Process(int number, double t_s) {
  model::Target target;
  target.pid = 4711 + number;
  target.start_ticks = 100'000 + static_cast<uint64_t>(number);
  target.parent_pid = number == 0 ? 1 : 4711;
  target.exe = "/srv/shop/bin/shop-server";
  target.command_line = number == 0 ? "/srv/shop/bin/shop-server --listen 8080"
                                    : "/srv/shop/bin/worker --queue " + std::to_string(number);
  target.probe = number == 0 ? "active" : "not loaded";
  target.last_seen_s = t_s;
  return target;
}

model::Status Write(const char* path, const char* program, const Shape& shape) {
  const auto elf = symbols::ElfFile::Open(program, 1 << 30);
  if (!elf) return std::unexpected(elf.error());
  auto database = sqlite::Database::Open(path, sqlite::OpenMode::kReadWriteCreate);
  if (!database) return std::unexpected(database.error());
  model::Run run;
  run.name = "shop-soak";
  run.command = {"/srv/shop/bin/shop-server", "--listen", "8080"};
  run.started_at_ns = 1'795'000'000'000'000'000;
  run.host = "build-07";
  run.tick_s = kTick_s;
  run.snapshot_s = kSnapshot_s;
  run.interval_bytes = static_cast<uint64_t>(synthetic::kInterval_bytes);
  run.limit_bytes = uint64_t{4} << 30;
  run.limit_source = "cgroup memory.max";
  auto writer = sqlite::RunWriter::Begin(*database, run);
  if (!writer) return std::unexpected(writer.error());

  synthetic::Rng rng(1);
  synthetic::Observer observer(shape.duration_s, kSnapshot_s);
  synthetic::Population population = synthetic::MakePopulation(rng, observer, shape.stacks);
  // A third more than there was, from two places.
  for (const double share : {0.25, 0.08}) {
    const double blocks = share * population.heap_bytes / synthetic::kInterval_bytes;
    AddStack(population, observer,
             synthetic::Leak(rng, shape.duration_s, blocks / shape.duration_s));
  }
  TakePaths(rng, (*elf)->CodeSections(), population);
  auto snapshots = synthetic::HeapSnapshots(population, shape.duration_s, kSnapshot_s);
  snapshots.begin()->second.new_modules = {{1, {{}, (*elf)->BuildId(), program}}};

  Service service(shape.duration_s);
  std::vector<double> live(population.data.stacks.size() + 2);
  double heap_bytes = 0;
  for (const model::StackHistory& history : population.data.stacks) {
    if (history.points.empty()) continue;
    live[history.stack.slot] = history.points.front().live_bytes;
    heap_bytes += history.points.front().live_bytes;
  }
  for (double t_s = kTick_s; t_s <= shape.duration_s; t_s += kTick_s) {
    model::Tick tick{.t_s = t_s, .targets = {}, .events = {}};
    std::optional<model::HeapDelta> heap;
    if (auto node = snapshots.extract(t_s)) heap = std::move(node.mapped());
    if (heap) {
      for (const auto& [slot, point] : heap->changed) {
        heap_bytes += point.live_bytes - live.at(slot);
        live[slot] = point.live_bytes;
      }
    }
    tick.targets.push_back(
        {Process(0, t_s), service.Measure(rng, t_s, heap_bytes), std::move(heap)});
    for (int i = 1; i <= kWorkers; ++i) {
      tick.targets.push_back({Process(i, t_s), MeasureWorker(rng, i, t_s), {}});
    }
    if (auto written = writer->Write(tick); !written) return written;
  }
  return writer->Finish(shape.duration_s, 0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3 || count > 5) {
    std::fprintf(stderr, "usage: %s DATABASE PROGRAM [HOURS [STACKS]]\n", arguments[0]);
    return 2;
  }
  Shape shape;
  if (count > 3) shape.duration_s = 3600 * std::atof(arguments[3]);
  if (count > 4) shape.stacks = static_cast<size_t>(std::atoi(arguments[4]));
  const auto written = Write(arguments[1], arguments[2], shape);
  if (written) return 0;
  std::fprintf(stderr, "%s: %s\n", arguments[0], written.error().message.c_str());
  return 1;
}
