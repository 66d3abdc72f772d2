// SPDX-License-Identifier: Apache-2.0
// Every way in which a process ends: none of them tells the probe.
#include <signal.h>
#include <unistd.h>

#include "tests/probes/preload/traps/trap.h"

extern "C" void __libc_freeres();

namespace traps {
namespace {

int AtReturn() {
  AllocateAndFreeHalf();
  return 0;
}
int AtUnderscoreExit() {
  AllocateAndFreeHalf();
  _exit(0);
}
int AtQuickExit() {
  at_quick_exit([] { AllocateAndFreeHalf(kChildBytes); });
  AllocateAndFreeHalf();
  quick_exit(0);
}
int AtAbort() {
  AllocateAndFreeHalf();
  std::abort();
}
int AtKill() {
  AllocateAndFreeHalf();
  raise(SIGKILL);
  return 1;
}
int AtCrash() {
  AllocateAndFreeHalf();
  volatile int* nowhere = nullptr;
  *nowhere = 1;
  return 1;
}
// Handlers that allocate and register others, behind everything else.
int AtExit() {
  for (int i = 0; i < 40; ++i) std::atexit([] {});  // beyond what libc holds without malloc
  std::atexit([] {
    AllocateAndFreeHalf(kChildBytes);
    std::atexit([] { std::free(std::malloc(kOtherBytes)); });
  });
  AllocateAndFreeHalf();
  return 0;
}
// As mtrace and valgrind do at the end.
int AtFreeRes() {
  AllocateAndFreeHalf();
  __libc_freeres();
  return 0;
}

const Register registered[] = {{"end-return", &AtReturn},
                               {"end-_exit", &AtUnderscoreExit},
                               {"end-quick_exit", &AtQuickExit},
                               {"end-abort", &AtAbort},
                               {"end-kill", &AtKill},
                               {"end-crash", &AtCrash},
                               {"end-atexit", &AtExit},
                               {"end-freeres", &AtFreeRes}};

}  // namespace
}  // namespace traps
