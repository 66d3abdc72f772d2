// SPDX-License-Identifier: Apache-2.0
// New processes in every way, out of a process whose threads allocate all the time; daemons that
// close every descriptor; targets that shut themselves in.
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

[[noreturn]] void Child() {
  AllocateAndFreeHalf(kChildBytes);
  _exit(0);
}

// 1000 forks out of the middle of eight allocating threads.
int AmongThreads() {
  constexpr int kForks = 1000;
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      unsigned rounds = 0;
      while (!is_over) {
        void* volatile block = std::malloc(kOtherBytes);
        block = std::realloc(block, 2 * kOtherBytes);
        std::free(block);
        if (++rounds % 100 == 0) usleep(100);  // so that forks come through on two processors
      }
    });
  }
  int failures = 0;
  for (int i = 0; i < kForks && failures == 0; ++i) {
    const pid_t child = fork();
    if (child == 0) Child();
    if (WaitFor(child) != 0) ++failures;
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  return failures == 0 ? 0 : Failed("%d children failed", failures);
}

int ByUnderscoreFork() {
  AllocateAndFreeHalf();
  const pid_t child = _Fork();
  if (child == 0) Child();
  return WaitFor(child);
}

int BySpawn() {
  AllocateAndFreeHalf();
  char program[] = "/bin/true";
  char* arguments[] = {program, nullptr};
  pid_t child = -1;
  if (posix_spawn(&child, program, nullptr, nullptr, arguments, environ) != 0) return 1;
  return WaitFor(child);
}

int BySystem() {
  AllocateAndFreeHalf();
  return std::system("/bin/true");
}

// The parent ends in daemon(): the child carries on, without any descriptor.
int ByDaemon() {
  AllocateAndFreeHalf();
  if (daemon(1, 0) != 0) return 1;
  close_range(3, ~0U, 0);
  AllocateAndFreeHalf(kChildBytes);
  return GrowEveryTable();
}

// No descriptor of the probe's is there to be closed, or to take the place of standard input.
int WithoutDescriptors() {
  if (close_range(0, ~0U, 0) != 0) return 1;
  char self[] = "/proc/self/exe";
  char command[] = "without-descriptors-2";
  char* arguments[] = {self, command, nullptr};
  return execv(self, arguments);
}
int WithoutDescriptorsAgain() {
  const int first = open("/dev/null", O_RDWR);
  if (first != 0) return 100 + first;
  AllocateAndFreeHalf();
  if (close_range(0, ~0U, 0) != 0) return 2;
  const int status = GrowEveryTable();
  if (status != 0) return status;
  const pid_t child = fork();
  if (child == 0) _exit(open("/dev/null", O_RDWR) == 0 ? 0 : 1);
  return WaitFor(child);
}

// A service that gives up its rights once it is up; its children cannot make a ledger any more.
int ShutIn() {
  char jail[] = "/tmp/seep-trap-XXXXXX";
  // An empty folder that is gone with the process.
  if (mkdtemp(jail) == nullptr || chdir(jail) != 0 || rmdir(jail) != 0) return 1;
  const bool is_in = unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0 && chroot(".") == 0 &&
                     setgid(65534) == 0 && setuid(65534) == 0;
  if (!is_in) return Failed("needs root");
  AllocateAndFreeHalf();
  const int status = GrowEveryTable();
  if (status != 0) return status;
  const pid_t child = fork();
  if (child == 0) Child();
  return WaitFor(child);
}

const Register registered[] = {{"fork-among-threads", &AmongThreads},
                               {"fork-_Fork", &ByUnderscoreFork},
                               {"fork-spawn", &BySpawn},
                               {"fork-system", &BySystem},
                               {"fork-daemon", &ByDaemon},
                               {"without-descriptors", &WithoutDescriptors},
                               {"without-descriptors-2", &WithoutDescriptorsAgain},
                               {"shut-in", &ShutIn}};

}  // namespace
}  // namespace traps
