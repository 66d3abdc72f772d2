// SPDX-License-Identifier: Apache-2.0
// CPU time of each look at the resources of a process with many descriptors and mappings
// (docs/resources.md). Usage: seep_bench_resource_looks [DESCRIPTORS [MAPPINGS]]
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "agent/watch/surroundings.h"
#include "probes/proc/descriptors.h"
#include "probes/proc/memory_map.h"
#include "probes/proc/process_sample.h"
#include "probes/proc/resource_limits.h"
#include "probes/proc/resource_sample.h"
#include "probes/proc/shared_memory.h"
#include "probes/proc/thread_cpu.h"
#include "tests/targets/fd_kinds.h"

namespace {

using namespace seep;

// A third each: files, connections, pipes.
void OpenDescriptors(size_t wanted) {
  const rlimit limit{wanted + 64, wanted + 64};
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::perror("RLIMIT_NOFILE");
  sockaddr_in address;
  const int listener = zoo::Listen(&address);
  for (size_t opened = 0; opened + 6 <= wanted; opened += 6) {
    int pair[2];
    const bool is_open = open("/proc/self/exe", O_RDONLY) >= 0 && open("/", O_RDONLY) >= 0 &&
                         zoo::ConnectPair(listener, address, pair) && pipe(pair) == 0;
    if (!is_open) std::perror("descriptors");
    if (!is_open) break;
  }
}

void MakeMappings(size_t wanted) {
  for (size_t i = 0; i < wanted; ++i) {
    void* map =
        mmap(nullptr, 4096, i % 2 == 0 ? PROT_READ : PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) std::perror("mappings");
    if (map == MAP_FAILED) break;
  }
}

void Report(const char* name, const std::function<void()>& look) {
  std::array<double, 9> took_s;
  for (double& took : took_s) {
    const double started_s = proc::ThreadCpuSeconds();
    look();
    took = proc::ThreadCpuSeconds() - started_s;
  }
  std::sort(took_s.begin(), took_s.end());
  std::printf("%-14s %8.3f ms\n", name, 1e3 * took_s[took_s.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  const size_t descriptors = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10000;
  const size_t mappings = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 50000;
  int ready[2];
  if (pipe(ready) != 0) return 1;
  const pid_t pid = fork();
  if (pid == 0) {
    OpenDescriptors(descriptors);
    MakeMappings(mappings);
    close(ready[1]);
    pause();
    _exit(0);
  }
  close(ready[1]);
  char byte;
  if (read(ready[0], &byte, 1) < 0) return 1;  // until the other end is closed
  std::printf("%zu descriptors, %zu mappings; median of 9\n", descriptors, mappings);
  Report("tick", [pid] {
    static_cast<void>(proc::ReadIdentity(pid));
    static_cast<void>(proc::ReadSample(pid));
  });
  Report("descriptors", [pid] { static_cast<void>(proc::ReadDescriptors(pid)); });
  Report("maps", [pid] { static_cast<void>(proc::CountMappings(pid)); });
  Report("smaps", [pid] { static_cast<void>(proc::ReadMemoryMap(pid)); });
  Report("counters", [pid] {
    static_cast<void>(proc::ReadContextSwitches(pid));
    static_cast<void>(proc::CountZombies(pid));
    static_cast<void>(proc::ReadStorageBytes(pid));
    static_cast<void>(proc::ReadSysvBytes(pid));
    static_cast<void>(proc::ReadResourceLimits(pid));
  });
  Report("surroundings", [pid] {
    agent::Surroundings surroundings;
    std::vector<model::Measurement> measurements;
    surroundings.Measure(pid, &measurements);
  });
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}
