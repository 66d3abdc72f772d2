// SPDX-License-Identifier: Apache-2.0
// What one captured stack costs: the probe's CaptureStack against libgcc's _Unwind_Backtrace,
// glibc's backtrace() and libunwind's unw_backtrace. `bench/unwind` runs it and makes the tables.
//
//   seep_bench_unwind [ROUNDS [MILLISECONDS_OF_A_CELL]]
//
// Lines of key=value: kind=speed, one a round, method, thread count and depth; kind=thread, one a
// method: what a thread's first capture takes and leaves resident; kind=syscalls: how many system
// calls 1000 warm captures try to make; kind=cold: a first capture of addresses never met before.
#include <dlfcn.h>
#include <execinfo.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "bench/malloc_counter.h"
#include "bench/syscall_counter.h"
#include "probes/preload/ledger_file.h"
#include "probes/preload/unwind/rule_cache.h"
#include "probes/preload/unwinder.h"

namespace seep::bench {
namespace {

constexpr int kMaxFrames = static_cast<int>(ledger::kMaxFrames);

probe::LedgerView g_view;                       // a ledger in memory: modules are kept there
int (*g_unw_backtrace)(void**, int) = nullptr;  // libunwind's, nullptr: not installed

// A way to capture the calling thread's stack; returns the number of frames.
struct Method {
  const char* name;
  int (*capture)();
};

int CaptureNothing() {
  return 0;
}
int CaptureByProbe() {
  probe::CapturedStack stack;
  probe::CaptureStack(g_view, {}, nullptr, &stack);
  return static_cast<int>(stack.count);
}
int CaptureByLibgcc() {
  struct Frames {
    uint64_t addresses[kMaxFrames];
    int count = 0;
  } frames;
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* argument) {
        auto& list = *static_cast<Frames*>(argument);
        if (list.count == kMaxFrames) return _URC_END_OF_STACK;
        list.addresses[list.count++] = _Unwind_GetIP(context);
        return _URC_NO_REASON;
      },
      &frames);
  return frames.count;
}
int CaptureByGlibc() {
  void* frames[kMaxFrames];
  return backtrace(frames, kMaxFrames);
}
int CaptureByLibunwind() {
  void* frames[kMaxFrames];
  return g_unw_backtrace(frames, kMaxFrames);
}

double NowNs() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<double>(std::chrono::nanoseconds(now).count());
}

// Runs `work` beneath `levels` frames of 64 distinct functions, their frame sizes differing.
template <int kLevel = 0>
[[gnu::noipa]] void Descend(int levels, const std::function<void()>& work) {
  char frame[16 + 24 * (kLevel % 8)];
  asm volatile("" : : "r"(frame) : "memory");
  if (levels <= 0) {
    work();
  } else {
    Descend<(kLevel + 1) % 64>(levels - 1, work);
  }
  asm volatile("");  // no tail call: the frame is wanted
}

// Levels that make a stack of `depth` frames here, as the probe counts them.
void AtDepth(int depth, const std::function<void()>& work) {
  int base = 0;
  Descend(0, [&base] { base = CaptureByProbe(); });
  Descend(depth - base, work);
}

struct Cost {
  int frames = 0;
  double ns_per_call = 0;
  uint64_t mallocs = 0;  // in all timed calls
};

Cost TimeCalls(const Method& method, int calls) {
  constexpr int kWarmCalls = 20;
  Cost cost;
  for (int i = 0; i < kWarmCalls; ++i) cost.frames = method.capture();
  const uint64_t mallocs_before = MallocCalls();
  const double start_ns = NowNs();
  for (int i = 0; i < calls; ++i) method.capture();
  cost.ns_per_call = (NowNs() - start_ns) / calls;
  cost.mallocs = MallocCalls() - mallocs_before;
  return cost;
}

// `threads` threads at once, each on a stack of its own; the mean of their times.
Cost Measure(const Method& method, int threads, int depth, double cell_ns) {
  std::vector<Cost> costs(static_cast<size_t>(threads));
  std::barrier start(threads);
  const auto run = [&](Cost& cost) {
    AtDepth(depth, [&] {
      const double call_ns = TimeCalls(method, 50).ns_per_call;
      start.arrive_and_wait();
      cost = TimeCalls(method, std::max(50, static_cast<int>(cell_ns / call_ns)));
    });
  };
  std::vector<std::thread> workers;
  for (Cost& cost : costs) workers.emplace_back(run, std::ref(cost));
  for (std::thread& worker : workers) worker.join();

  Cost mean{costs[0].frames, 0, 0};
  for (const Cost& cost : costs) {
    mean.ns_per_call += cost.ns_per_call / threads;
    mean.mallocs += cost.mallocs;
  }
  return mean;
}

void CompareSpeeds(const std::vector<Method>& methods, int rounds, double cell_ns) {
  for (int round = 0; round < rounds; ++round) {
    for (const int threads : {1, 2}) {
      for (const int depth : {10, 30, 60}) {
        for (const Method& method : methods) {
          const Cost cost = Measure(method, threads, depth, cell_ns);
          std::printf(
              "kind=speed round=%d method=%s threads=%d depth=%d frames=%d ns_per_call=%.1f "
              "mallocs=%llu\n",
              round, method.name, threads, depth, cost.frames, cost.ns_per_call,
              static_cast<unsigned long long>(cost.mallocs));
        }
      }
    }
  }
}

// smaps_rollup, not statm, which lags behind by some pages a CPU.
long RssKib() {
  std::FILE* file = std::fopen("/proc/self/smaps_rollup", "r");
  if (file == nullptr) return 0;
  char line[256];
  long kib = 0;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::sscanf(line, "Rss: %ld", &kib) == 1) break;
  }
  std::fclose(file);
  return kib;
}

// Threads that have touched the same stack, before and after one capture each.
void PrintThreadCost(const Method& method) {
  constexpr int kThreads = 100;
  constexpr int kDepth = 30;
  AtDepth(kDepth, [&] { TimeCalls(method, 20); });  // what the process pays once
  std::vector<double> first_call_us(kThreads);
  std::barrier step(kThreads + 1);
  std::mutex turn;
  const auto run = [&](double& us) {
    AtDepth(kDepth, [&] {
      CaptureNothing();
      CaptureByProbe();
      step.arrive_and_wait();  // all are ready: RSS is read
      step.arrive_and_wait();
      {
        const std::lock_guard one_at_a_time(turn);
        const double start_ns = NowNs();
        method.capture();
        us = (NowNs() - start_ns) / 1000;
      }
      step.arrive_and_wait();  // all are done: RSS is read again
      step.arrive_and_wait();
    });
  };
  std::vector<std::thread> threads;
  for (double& us : first_call_us) threads.emplace_back(run, std::ref(us));
  step.arrive_and_wait();
  const long before_kib = RssKib();
  step.arrive_and_wait();
  step.arrive_and_wait();
  const long after_kib = RssKib();
  step.arrive_and_wait();
  for (std::thread& thread : threads) thread.join();
  std::nth_element(first_call_us.begin(), first_call_us.begin() + kThreads / 2,
                   first_call_us.end());
  std::printf("kind=thread method=%s rss_kib_per_thread=%.1f first_call_us=%.1f\n", method.name,
              static_cast<double>(after_kib - before_kib) / kThreads, first_call_us[kThreads / 2]);
}

void PrintSyscalls(const Method& method) {
  AtDepth(30, [&] {
    TimeCalls(method, 20);
    if (!RefuseSyscalls()) return;
    for (int i = 0; i < 1000; ++i) method.capture();
    const uint64_t refused = RefusedSyscalls();
    std::printf("kind=syscalls method=%s refused=%llu\n", method.name,
                static_cast<unsigned long long>(refused));
  });
}

// Ours only: the others' caches cannot be emptied.
void PrintColdCost() {
  AtDepth(60, [] {
    CaptureByProbe();
    std::vector<double> frame_us(200);
    for (double& us : frame_us) {
      probe::unwind::rule_cache.Invalidate();
      const double start_ns = NowNs();
      const int frames = CaptureByProbe();
      us = (NowNs() - start_ns) / 1000 / frames;
    }
    std::nth_element(frame_us.begin(), frame_us.begin() + 100, frame_us.end());
    std::printf("kind=cold us_per_address=%.2f\n", frame_us[100]);
  });
}

// In a child each: no method finds what another one has touched.
void CompareThreadCosts(const std::vector<Method>& methods) {
  for (const Method& method : methods) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      PrintThreadCost(method);
      PrintSyscalls(method);
      std::fflush(stdout);
      _exit(0);
    }
    waitpid(child, nullptr, 0);
  }
}

std::vector<Method> FindMethods() {
  std::vector<Method> methods = {
      {"probe", CaptureByProbe}, {"libgcc", CaptureByLibgcc}, {"glibc", CaptureByGlibc}};
  // RTLD_LOCAL: its _Unwind_* must not take over this program's exceptions.
  if (void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL)) {
    g_unw_backtrace = reinterpret_cast<int (*)(void**, int)>(dlsym(library, "unw_backtrace"));
  }
  if (g_unw_backtrace != nullptr) methods.push_back({"libunwind", CaptureByLibunwind});
  return methods;
}

}  // namespace
}  // namespace seep::bench

int main(int argc, char** argv) {
  using namespace seep;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  const double cell_ns = 1e6 * (argc > 2 ? std::atof(argv[2]) : 20);
  char directory[] = "/dev/shm/seep-bench-XXXXXX";
  probe::Settings settings{};
  if (mkdtemp(directory) == nullptr) return 1;
  settings.directory.Add(directory);
  const char* reason = probe::CreateLedger(settings, probe::ReadIdentity(), &bench::g_view);
  std::filesystem::remove_all(directory);  // the mapping stays
  if (reason != nullptr) {
    std::fprintf(stderr, "%s\n", reason);
    return 1;
  }
  const auto methods = bench::FindMethods();
  bench::CompareThreadCosts(methods);
  bench::PrintColdCost();
  bench::CompareSpeeds(methods, rounds, cell_ns);
}
