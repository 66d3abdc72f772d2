// SPDX-License-Identifier: Apache-2.0
// Starts children and forgets to wait for some; beside that, waits for others properly.
#include <sys/wait.h>

#include "tests/targets/zoo.h"

namespace {

[[gnu::noipa]] bool ForgetChild() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  return child > 0;
}

[[gnu::noipa]] void WaitForChild() {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  if (child > 0) waitpid(child, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "leaves zombies",
      {{"seconds", 10, "0 = until SIGTERM"}, {"rate", 2, "zombies per second"}});
  zoo::Start(options["seconds"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long leaked = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(100)) {
    WaitForChild();
    while (pacer.IsDue()) {
      leaked += ForgetChild();
      pacer.Spend(1);
    }
  }
  zoo::Say("leaked_zombies=%llu site=ForgetChild leaked_bytes=0 leaked_blocks=0 seconds=%.3f",
           leaked, zoo::ElapsedS());
}
