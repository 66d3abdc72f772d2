// SPDX-License-Identifier: Apache-2.0
// A daemon of the old school: closes every descriptor above stderr, forks twice, then leaks.
// Prints its final pid before "ready"; the process that was started exits 0 at once.
#include <fcntl.h>
#include <sys/stat.h>

#include "tests/targets/churn.h"
#include "tests/targets/leaky.h"

namespace {

void ForkAndLeaveParent() {
  const pid_t child = fork();
  if (child < 0) _exit(1);
  if (child > 0) _exit(0);
}

// stdout stays, for the line of truth.
void Daemonize() {
  if (close_range(3, ~0U, 0) != 0) _exit(1);
  ForkAndLeaveParent();
  if (setsid() < 0) _exit(1);
  ForkAndLeaveParent();
  if (chdir("/") != 0) _exit(1);
  umask(0);
  const int null = open("/dev/null", O_RDWR);
  if (null < 0) _exit(1);
  dup2(null, 0);
  dup2(null, 2);
  close(null);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "becomes a daemon, then leaks",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 65536, "bytes leaked per second"},
                              {"seed", 1, ""}});
  zoo::Churn churn(options["seed"]);
  for (int i = 0; i < 1000; ++i) churn.Step();
  Daemonize();
  zoo::Start(options["seconds"]);
  zoo::Say("pid=%d", getpid());
  zoo::Ready();
  zoo::Tally leaked;
  zoo::Leaker leaker(static_cast<double>(options["rate"]), options["seed"], &leaked);
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (int i = 0; i < 20; ++i) churn.Step();
    leaker.Step();
  }
  zoo::Say("leaked_bytes=%llu leaked_blocks=%llu site=LeakRequestBuffer seconds=%.3f",
           leaked.bytes_total(), leaked.blocks_total(), zoo::ElapsedS());
}
