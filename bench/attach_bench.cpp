// SPDX-License-Identifier: Apache-2.0
// What an attach costs the target, for bench/attach:
//   gaps FILE THREADS   a target: malloc-busy threads that note in FILE each time they stood still
//   measure PID LIB N DIR  N times attach and detach, ledgers in DIR; a line of figures each
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "probes/attach/injector.h"

namespace {

double Now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// FILE: the number of gaps, then pairs of seconds (CLOCK_MONOTONIC).
constexpr uint64_t kMaxGaps = 1 << 20;
constexpr double kNotedSeconds = 0.0005;
struct Gaps {
  std::atomic<uint64_t> count;
  struct {
    double from_s, to_s;
  } gaps[kMaxGaps];
};

int RunTarget(const char* path, int threads) {
  const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Gaps)) != 0) return 1;
  void* base = mmap(nullptr, sizeof(Gaps), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return 1;
  auto* gaps = static_cast<Gaps*>(base);
  const auto work = [gaps] {
    for (double last_s = Now();;) {
      for (int i = 0; i < 100; ++i) {
        void* volatile block = malloc(64);
        free(block);
      }
      const double now_s = Now();
      if (now_s - last_s > kNotedSeconds) {
        const uint64_t at = gaps->count.fetch_add(1);
        if (at < kMaxGaps) gaps->gaps[at] = {last_s, now_s};
      }
      last_s = now_s;
    }
  };
  for (int i = 1; i < threads; ++i) std::thread(work).detach();
  puts("ready");
  fflush(stdout);
  work();
  return 0;
}

// `directory` is for the ledgers, of which seep detach would leave none either.
int Measure(pid_t pid, const char* library, int times, const char* directory) {
  for (int i = 0; i < times; ++i) {
    seep::attach::InjectionPlan plan;
    plan.pid = pid;
    plan.library = library;
    plan.directory = directory;
    plan.limit_s = 10;
    const double from_s = Now();
    const auto in = seep::attach::Inject(plan);
    const double to_s = Now();
    const auto out = seep::attach::Withdraw(pid, 10);
    for (const auto& ledger : std::filesystem::directory_iterator(directory)) {
      std::filesystem::remove(ledger.path());
    }
    if (!in || !out) {
      printf("error %s\n", (in ? out.error() : in.error()).message.c_str());
      fflush(stdout);
      continue;
    }
    printf("attach %.9f %.9f %.9f %.9f %zu %d\n", from_s, to_s, in->held_s, out->held_s, in->slots,
           in->threads_tried);
    fflush(stdout);
    usleep(20'000);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && strcmp(argv[1], "gaps") == 0) return RunTarget(argv[2], atoi(argv[3]));
  if (argc == 6 && strcmp(argv[1], "measure") == 0) {
    return Measure(atoi(argv[2]), argv[3], atoi(argv[4]), argv[5]);
  }
  fprintf(stderr, "usage: %s gaps FILE THREADS | measure PID LIBRARY TIMES DIRECTORY\n", argv[0]);
  return 2;
}
