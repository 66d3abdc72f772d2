// SPDX-License-Identifier: Apache-2.0
// Execs itself --execs times (same pid, a new image each time), then works on, starting /bin/true
// by posix_spawn and by vfork in turn. Leaks at --rate in the last image.
#include <spawn.h>
#include <sys/wait.h>

#include "tests/targets/churn.h"
#include "tests/targets/leaky.h"

extern char** environ;

namespace {

char g_true[] = "/bin/true";
char* g_true_arguments[] = {g_true, nullptr};

bool WaitFor(pid_t child) {
  int status = 0;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

bool SpawnTrue() {
  pid_t child = -1;
  return posix_spawn(&child, g_true, nullptr, nullptr, g_true_arguments, environ) == 0 &&
         WaitFor(child);
}

bool VforkTrue() {
  const pid_t child = vfork();
  if (child == 0) {
    execve(g_true, g_true_arguments, environ);
    _exit(127);
  }
  return WaitFor(child);
}

void ExecAgain(const zoo::Options& options, char* program) {
  enum { kNames = 5 };
  const char* names[kNames] = {"execs", "seconds", "rate", "spawns", "seed"};
  char text[2 * kNames][24];
  char* arguments[2 * kNames + 2] = {program};
  for (size_t i = 0; i < kNames; ++i) {
    const uint64_t value = options[names[i]] - (i == 0 ? 1 : 0);
    snprintf(text[2 * i], sizeof text[0], "--%s", names[i]);
    snprintf(text[2 * i + 1], sizeof text[0], "%llu", static_cast<unsigned long long>(value));
    arguments[2 * i + 1] = text[2 * i];
    arguments[2 * i + 2] = text[2 * i + 1];
  }
  execve("/proc/self/exe", arguments, environ);
  abort();
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "execs itself, then starts other programs",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"execs", 3, "times it execs itself first"},
                              {"spawns", 10, "children per second, posix_spawn and vfork in turn"},
                              {"rate", 0, "bytes leaked per second in the last image"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Churn churn(options["seed"]);
  for (int i = 0; i < 1000; ++i) churn.Step();
  if (options["execs"] != 0) ExecAgain(options, argv[0]);
  zoo::Ready();
  zoo::Tally leaked;
  zoo::Leaker leaker(static_cast<double>(options["rate"]), options["seed"], &leaked);
  zoo::Pacer pacer(static_cast<double>(options["spawns"]));
  unsigned long long spawns = 0;
  unsigned long long failed = 0;
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (int i = 0; i < 20; ++i) churn.Step();
    leaker.Step();
    for (; pacer.IsDue() && zoo::IsRunning(); pacer.Spend(1), ++spawns) {
      if (!(spawns % 2 == 0 ? SpawnTrue() : VforkTrue())) ++failed;
    }
  }
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=LeakRequestBuffer spawns=%llu failed=%llu "
      "seconds=%.3f",
      leaked.bytes_total(), leaked.blocks_total(), spawns, failed, zoo::ElapsedS());
  return failed != 0;
}
