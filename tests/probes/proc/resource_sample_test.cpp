// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/resource_sample.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "probes/proc/memory_map.h"
#include "probes/proc/process_sample.h"
#include "probes/proc/resource_limits.h"
#include "probes/proc/shared_memory.h"

using namespace seep;

TEST_CASE("mappings are counted as they are made, by both ways of counting") {
  constexpr size_t kPage = 4096;
  constexpr size_t kPages = 64;
  const auto before = proc::CountMappings(getpid());
  REQUIRE(before);
  auto* map = static_cast<char*>(
      mmap(nullptr, kPages * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  REQUIRE(map != MAP_FAILED);
  for (size_t i = 1; i < kPages; i += 2) mprotect(map + i * kPage, kPage, PROT_READ);
  const auto after = proc::CountMappings(getpid());
  // One that makes none while it is looked at.
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const auto counted = proc::CountMappings(child);
  const auto smaps = proc::ReadMemoryMap(child);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  munmap(map, kPages * kPage);
  REQUIRE(after);
  REQUIRE(smaps);
  CHECK(after->count >= before->count + kPages - 1);
  CHECK(after->count <= before->count + kPages + 2);
  REQUIRE(counted);
  CHECK(counted->count >= after->count);
  CHECK(smaps->mappings == counted->count);
}

TEST_CASE("the kernel's page for old programs is no mapping of the process") {
  CHECK(proc::SumMemoryMap("1000-2000 r--p 00000000 00:00 0\n"
                           "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0  [vsyscall]\n",
                           {})
            .mappings == 1);
}

TEST_CASE("zombies are counted until somebody waits for them") {
  CHECK(proc::CountZombies(getpid()).count == 0);
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  const pid_t alive = fork();
  if (alive == 0) {
    pause();
    _exit(0);
  }
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT);
  CHECK(proc::CountZombies(getpid()).count == 1);
  waitpid(dead, nullptr, 0);
  CHECK(proc::CountZombies(getpid()).count == 0);
  kill(alive, SIGKILL);
  waitpid(alive, nullptr, 0);
}

TEST_CASE("faults are those that we make, and the address space what we take") {
  constexpr size_t kBytes = 8 << 20;
  const auto before = proc::ReadSample(getpid());
  void* map = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(map != MAP_FAILED);
  madvise(map, kBytes, MADV_NOHUGEPAGE);
  memset(map, 1, kBytes);
  const auto after = proc::ReadSample(getpid());
  munmap(map, kBytes);
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->minor_faults - before->minor_faults >= kBytes / 4096);
  CHECK(after->minor_faults - before->minor_faults < kBytes / 4096 + 500);
  CHECK(after->major_faults >= before->major_faults);
  CHECK(after->vm_bytes - before->vm_bytes >= kBytes);
}

TEST_CASE("switches are those of all threads") {
  constexpr int kNaps = 50;
  const auto before = proc::ReadContextSwitches(getpid());
  std::atomic<bool> is_done = false;
  std::atomic<bool> may_end = false;
  std::thread thread([&] {
    for (int i = 0; i < kNaps; ++i) std::this_thread::sleep_for(std::chrono::microseconds(10));
    is_done = true;
    is_done.notify_all();
    may_end.wait(false);
  });
  is_done.wait(false);
  const auto after = proc::ReadContextSwitches(getpid());
  may_end = true;
  may_end.notify_all();
  thread.join();
  REQUIRE(before);
  REQUIRE(after);
  CHECK(after->voluntary - before->voluntary >= kNaps);
}

TEST_CASE("storage that we write is counted") {
  const auto before = proc::ReadStorageBytes(getpid());
  if (!before) return;  // a kernel without CONFIG_TASK_IO_ACCOUNTING
  const std::string path = "/var/tmp/seep_io_" + std::to_string(getpid());
  constexpr size_t kBytes = 1 << 20;
  {
    std::ofstream file(path);
    file << std::string(kBytes, 'x');
  }
  unlink(path.c_str());
  CHECK(proc::ReadStorageBytes(getpid())->written - before->written >= kBytes / 2);
}

TEST_CASE("a System V segment belongs to the process that made it, until it is removed") {
  const auto before = proc::ReadSysvBytes(getpid());
  REQUIRE(before);
  constexpr size_t kBytes = 1 << 20;
  const int id = shmget(IPC_PRIVATE, kBytes, IPC_CREAT | 0600);
  REQUIRE(id >= 0);
  void* memory = shmat(id, nullptr, 0);
  memset(memory, 1, kBytes);
  shmdt(memory);
  CHECK(*proc::ReadSysvBytes(getpid()) - *before == kBytes);
  CHECK(proc::ReadSysvBytes(1).value_or(0) == 0);
  shmctl(id, IPC_RMID, nullptr);
  CHECK(proc::ReadSysvBytes(getpid()) == before);
}

TEST_CASE("limits are the soft ones, and none where there is none") {
  rlimit limit;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const proc::ResourceLimits ours = proc::ReadResourceLimits(getpid());
  if (limit.rlim_cur != RLIM_INFINITY) {
    CHECK(ours.fds == limit.rlim_cur);
  }
  CHECK(ours.mappings.value_or(0) > 0);
  CHECK(ours.threads.value_or(0) > 0);
  CHECK_FALSE(proc::ReadResourceLimits("/nowhere", "/nowhere", "1").fds);
}

TEST_CASE("the smallest limit of threads counts, and root has none of its own") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / ("seep_limits_" + std::to_string(getpid()));
  const auto write = [&root](const std::string& name, const std::string& text) {
    fs::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  };
  const auto threads = [&root] {
    return proc::ReadResourceLimits(root / "proc", root / "cgroup", "7").threads;
  };
  write("proc/sys/kernel/threads-max", "5000\n");
  write("proc/7/limits",
        "Max processes             300                  unlimited            processes\n");
  write("proc/7/status", "Name:\tx\nUid:\t1000\t1000\n");
  CHECK(threads() == 300u);
  write("proc/7/status", "Name:\tx\nUid:\t0\t0\n");
  CHECK(threads() == 5000u);
  write("proc/7/cgroup", "4:cpu,pids:/a/b\n0::/c\n");
  write("cgroup/pids/a/b/pids.max", "max\n");
  write("cgroup/pids/a/pids.max", "200\n");
  CHECK(threads() == 200u);
  write("cgroup/unified/c/pids.max", "100\n");
  CHECK(threads() == 100u);
  write("cgroup/cgroup.controllers", "memory pids\n");
  write("cgroup/c/pids.max", "50\n");
  CHECK(threads() == 50u);
  fs::remove_all(root);
}
