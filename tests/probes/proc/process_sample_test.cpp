// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/process_sample.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstring>
#include <thread>

#include "probes/proc/files.h"
#include "probes/proc/memory_limit.h"

using namespace seep;

TEST_CASE("our own memory, fds and threads are what we made them") {
  const auto before = proc::ReadSample(getpid());
  REQUIRE(before);
  constexpr size_t kBytes = 32 << 20;
  void* anon = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  void* shared = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  memset(anon, 1, kBytes);
  memset(shared, 1, kBytes);
  int pipes[2];
  REQUIRE(pipe(pipes) == 0);
  std::atomic<bool> stop = false;
  std::thread thread([&stop] { stop.wait(false); });
  const auto after = proc::ReadSample(getpid());
  stop = true;
  stop.notify_all();
  thread.join();
  REQUIRE(after);
  CHECK(after->rss_anon_bytes - before->rss_anon_bytes >= kBytes);
  CHECK(after->rss_anon_bytes - before->rss_anon_bytes < kBytes + (4 << 20));
  CHECK(after->rss_shmem_bytes - before->rss_shmem_bytes == kBytes);
  CHECK(after->fds - before->fds == 2);
  CHECK(after->threads - before->threads == 1);
  CHECK(after->cpu_seconds >= before->cpu_seconds);
  close(pipes[0]);
  close(pipes[1]);
  munmap(anon, kBytes);
  munmap(shared, kBytes);
}

TEST_CASE("children are found, zombies have ended, dead pids are not found") {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  const auto children = proc::ReadChildren(getpid());
  CHECK(std::find(children.begin(), children.end(), child) != children.end());
  const auto identity = proc::ReadIdentity(child);
  REQUIRE(identity);
  CHECK(identity->parent_pid == getpid());
  CHECK(identity->start_ticks > 0);
  CHECK_FALSE(identity->is_zombie);
  kill(child, SIGKILL);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  CHECK(proc::ReadIdentity(child)->is_zombie);
  CHECK(proc::ReadSample(child).error().code == model::Errc::kNotFound);
  waitpid(child, nullptr, 0);
  CHECK(proc::ReadIdentity(child).error().code == model::Errc::kNotFound);
  CHECK(proc::ReadChildren(child).empty());
}

TEST_CASE("a process with brackets and blanks in its name is read right") {
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NAME, "a) R 1 (b");
    pause();
    _exit(0);
  }
  while (proc::ReadFile("/proc/" + std::to_string(child) + "/comm").value_or("") != "a) R 1 (b\n") {
    std::this_thread::yield();
  }
  CHECK(proc::ReadIdentity(child)->parent_pid == getpid());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST_CASE("fields are found by their whole name") {
  constexpr char kText[] = "VmRSSx:\t 1 kB\nVmRSS:\t  12 kB\nThreads:\t3\n";
  CHECK(proc::FindField(kText, "VmRSS") == 12u * 1024);
  CHECK(proc::FindField(kText, "Threads") == 3u);
  CHECK_FALSE(proc::FindField(kText, "Thread"));
  CHECK_FALSE(proc::FindField("Pss: none\n", "Pss"));
}

TEST_CASE("exe, command line, mappings, boot id and a memory limit are there") {
  CHECK(proc::ReadExe(getpid()).ends_with("proc_test"));
  CHECK_FALSE(proc::ReadCommandLine(getpid()).empty());
  CHECK(proc::HasMapped(getpid(), "libc.so.6"));
  CHECK_FALSE(proc::HasMapped(getpid(), "libseep.so"));
  CHECK(proc::ReadBootId().size() == 36);
  const auto limit = proc::FindMemoryLimit(getpid(), 0);
  CHECK(limit.bytes > 0);
  CHECK_FALSE(limit.source.empty());
}
