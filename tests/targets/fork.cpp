// SPDX-License-Identifier: Apache-2.0
// Forks short-lived children that allocate and leave by exit or _exit in turn, from a parent with
// a second, allocating thread. With --leak, one long-lived child leaks at --rate.
#include <sys/mman.h>
#include <sys/wait.h>

#include <thread>

#include "tests/targets/churn.h"
#include "tests/targets/leaky.h"

namespace {

[[gnu::noipa]] void WorkInChild(uint64_t seed) {
  zoo::Churn churn(seed);
  for (int i = 0; i < 500; ++i) churn.Step();
}

// The tally is shared memory: the parent tells the child's truth.
void LeakInChild(double bytes_per_s, uint64_t seed, zoo::Tally* tally) {
  zoo::Churn churn(seed);
  zoo::Leaker leaker(bytes_per_s, seed, tally);
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    leaker.Step();
    churn.Step();
  }
}

zoo::Tally* SharedTally() {
  void* page =
      mmap(nullptr, sizeof(zoo::Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) abort();
  return new (page) zoo::Tally;
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "forks children that allocate and exit",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"forks", 20, "children per second"},
                              {"leak", 0, "1 = a long-lived child that leaks"},
                              {"rate", 65536, "bytes that child leaks per second"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  const uint64_t seed = options["seed"];
  zoo::Tally* leaked = SharedTally();
  pid_t leaking_child = 0;
  if (options["leak"] != 0 && (leaking_child = fork()) == 0) {
    LeakInChild(static_cast<double>(options["rate"]), seed, leaked);
    return 0;
  }
  if (leaking_child > 0) zoo::Say("child_pid=%d", leaking_child);
  zoo::Ready();
  std::thread other([seed] {
    zoo::Churn churn(seed + 1);
    for (; zoo::IsRunning(); zoo::SleepMs(1)) {
      for (int i = 0; i < 50; ++i) churn.Step();
    }
  });
  zoo::Pacer pacer(static_cast<double>(options["forks"]));
  unsigned long long forks = 0;
  unsigned long long failed = 0;
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (; pacer.IsDue() && zoo::IsRunning(); pacer.Spend(1), ++forks) {
      const pid_t child = fork();
      if (child == 0) {
        WorkInChild(forks);
        if (forks % 2 == 0) _exit(0);
        exit(0);
      }
      int status = 0;
      if (child < 0 || waitpid(child, &status, 0) != child || status != 0) ++failed;
    }
  }
  other.join();
  if (leaking_child > 0) {
    kill(leaking_child, SIGTERM);
    int status = 0;
    if (waitpid(leaking_child, &status, 0) != leaking_child || status != 0) ++failed;
  }
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=LeakRequestBuffer child_pid=%d forks=%llu "
      "failed=%llu seconds=%.3f",
      leaked->bytes_total(), leaked->blocks_total(), leaking_child, forks, failed, zoo::ElapsedS());
  return failed != 0;
}
