// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/own_pid.h"

#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "probes/proc/process_sample.h"

using namespace seep;

TEST_CASE("in our own namespace a process is called what we call it") {
  CHECK(proc::ReadOwnPid(getpid()) == getpid());
  CHECK(proc::ReadOwnPid(999'999) == 999'999);
  const uint64_t start_ticks = proc::ReadIdentity(getpid())->start_ticks;
  CHECK(proc::LivingProcesses().Find(getpid(), start_ticks) == getpid());
  CHECK_FALSE(proc::LivingProcesses().Find(getpid(), start_ticks + 1));
}

TEST_CASE("the first process of a pid namespace is 1 to itself, and is found by that") {
  const pid_t maker = fork();
  if (maker == 0) {
    const bool is_allowed = unshare(CLONE_NEWUSER | CLONE_NEWPID) == 0;
    const pid_t first = is_allowed ? fork() : -1;
    if (first == 0) {
      pause();
      _exit(0);
    }
    if (first > 0) waitpid(first, nullptr, 0);
    _exit(is_allowed ? 0 : 1);
  }
  std::vector<pid_t> children;
  for (int i = 0; i < 500 && children.empty(); ++i) {
    usleep(10'000);
    children = proc::ReadChildren(maker);
    if (waitpid(maker, nullptr, WNOHANG) == maker) return;  // not permitted here
  }
  REQUIRE(children.size() == 1);
  const pid_t inner = children.front();
  CHECK(proc::ReadOwnPid(inner) == 1);
  const uint64_t start_ticks = proc::ReadIdentity(inner)->start_ticks;
  CHECK(proc::LivingProcesses().Find(1, start_ticks) == inner);
  kill(inner, SIGKILL);
  waitpid(maker, nullptr, 0);
  CHECK_FALSE(proc::LivingProcesses().Find(1, start_ticks));
}
