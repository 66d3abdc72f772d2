// SPDX-License-Identifier: Apache-2.0
// The probe asks the allocator for its figures, which takes all of its locks. Where a thread could
// hold one of them without being able to let go, it must not.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <thread>
#include <vector>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

double Now_s() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Threads with an arena each, that allocate, free, fork and end all the time, for as long as it
// takes to be asked some times.
int AmongArenas() {
  constexpr double kSeconds = 4;
  const double end_s = Now_s() + kSeconds;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&failures, end_s, i] {
      std::vector<void*> held(2000);
      unsigned state = static_cast<unsigned>(i) + 1;
      for (unsigned round = 1; Now_s() < end_s; ++round) {
        for (void*& block : held) {
          state = state * 1664525 + 1013904223;
          std::free(block);
          block = std::malloc(16 + state % 4000);
        }
        // Only now and then: a fork stops the others.
        if (round % 64 != 0 || i != 0) continue;
        const pid_t child = fork();
        if (child == 0) {
          AllocateAndFreeHalf(kChildBytes);
          _exit(0);
        }
        if (WaitFor(child) != 0) ++failures;
      }
      for (void* block : held) std::free(block);
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failures == 0 ? 0 : Failed("%d children failed", failures.load());
}

// A handler that allocates over malloc itself works by luck, as long as its blocks come from the
// thread's cache; one that asked for figures there would wait for a lock below it for ever.
std::atomic<int> handled{0};
void OnTimer(int) {
  for (int i = 0; i < 20; ++i) {
    void* volatile block = std::malloc(24);
    std::free(block);
  }
  handled.fetch_add(1);
}

int InHandlers() {
  // Its own bin of the thread's cache is full before it begins.
  void* warm[7];
  for (void*& block : warm) block = std::malloc(24);
  for (void* block : warm) std::free(block);
  // glibc takes no locks before there is a second thread.
  std::thread([] {}).join();
  struct sigaction action {};
  action.sa_handler = &OnTimer;
  sigaction(SIGALRM, &action, nullptr);
  const double end_s = Now_s() + 4;
  // Blocks beyond the thread's cache: most of the time goes by under the lock of the arena.
  std::vector<void*> held(512);
  sigset_t alarm_only;
  sigemptyset(&alarm_only);
  sigaddset(&alarm_only, SIGALRM);
  timer_t timer{};
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGALRM;
  const itimerspec pace{{0, 200'000}, {0, 200'000}};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return Failed("timer_create");
  timer_settime(timer, 0, &pace, nullptr);
  for (unsigned round = 0; Now_s() < end_s; ++round) {
    for (void*& block : held) {
      std::free(block);
      block = std::malloc(2000 + round % 3000);
    }
  }
  timer_delete(timer);
  for (void* block : held) std::free(block);
  return handled > 100 ? 0 : Failed("only %d signals", handled.load());
}

// Behind _Fork the locks that other threads held are taken for ever: the child gets its blocks from
// an arena of its own, and may ask for no figures of the others.
int Behind_Fork() {
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&is_over] {
      std::vector<void*> held(512);
      for (unsigned round = 0; !is_over; ++round) {
        for (void*& block : held) {
          std::free(block);
          block = std::malloc(2000 + round % 3000);
        }
      }
      for (void* block : held) std::free(block);
    });
  }
  int failures = 0;
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    usleep(10'000);
    const pid_t child = _Fork();
    if (child == 0) {
      alarm(20);
      const double end_s = Now_s() + 2;
      while (Now_s() < end_s) {
        void* volatile block = std::malloc(24);  // of this thread's cache
        std::free(block);
        usleep(1000);
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) failures += WaitFor(child) != 0;
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  return failures == 0 ? 0 : Failed("%d children failed", failures);
}

const Register registered[] = {{"asking-arenas", &AmongArenas},
                               {"asking-handlers", &InHandlers},
                               {"asking-behind-_Fork", &Behind_Fork}};

}  // namespace
}  // namespace traps
