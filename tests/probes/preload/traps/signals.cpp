// SPDX-License-Identifier: Apache-2.0
// Signal handlers that allocate, over the probe. No libc promises that this works: the test
// preloads an allocator that it does work with, so that only the probe can get in the way.
#include <pthread.h>
#include <sys/time.h>
#include <unistd.h>
#include <csignal>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

// Small: the allocator that is safe here never uses memory again.
constexpr size_t kSmall = 40;
constexpr size_t kSmallInHandler = 56;

std::atomic<int> handled{0};
std::atomic<void*> handed_over{nullptr};  // allocated in a handler, freed outside, and vice versa
std::atomic<bool> errno_changed{false};

void OnSignal(int) {
  const int saved_errno = errno;
  errno = 4711;
  void* volatile block = std::malloc(kSmallInHandler);
  block = std::realloc(block, 2 * kSmallInHandler);
  std::free(handed_over.exchange(block));
  if (errno != 4711) errno_changed = true;
  handled.fetch_add(1);
  errno = saved_errno;
}

void Churn(int rounds) {
  for (int i = 0; i < rounds; ++i) {
    void* volatile block = std::malloc(kSmall);
    block = std::realloc(block, 2 * kSmall);
    std::free(block);
    if (i % 64 == 0) std::free(handed_over.exchange(nullptr));
  }
}

int Storm(int flags) {
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  action.sa_flags = flags;
  sigaction(SIGPROF, &action, nullptr);
  const itimerval kilohertz{{0, 1000}, {0, 1000}};
  setitimer(ITIMER_PROF, &kilohertz, nullptr);
  std::vector<std::thread> threads;
  std::atomic<bool> is_over{false};
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&] {
      std::vector<char> stack(static_cast<size_t>(sysconf(_SC_SIGSTKSZ)) + 16384);
      const stack_t alternate{stack.data(), 0, stack.size()};
      if (flags != 0) sigaltstack(&alternate, nullptr);
      while (!is_over) Churn(1000);
      const stack_t none{nullptr, SS_DISABLE, 0};
      if (flags != 0) sigaltstack(&none, nullptr);
    });
  }
  // A handler of 1 kHz meets the probe within a malloc loop hundreds of times a second; signals
  // that another process sends would come no faster.
  for (int i = 0; i < 15'000 && handled < 1000; ++i) {
    pthread_kill(threads[static_cast<size_t>(i % 2)].native_handle(), SIGPROF);
    usleep(100);
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  const itimerval off{};
  setitimer(ITIMER_PROF, &off, nullptr);
  std::signal(SIGPROF, SIG_IGN);
  std::free(handed_over.exchange(nullptr));
  if (errno_changed) return Failed("errno has changed in a handler");
  return handled >= 100 ? 0 : Failed("only %d signals", handled.load());
}

const Register registered[] = {{"signal-storm", [] { return Storm(0); }},
                               {"signal-storm-altstack", [] { return Storm(SA_ONSTACK); }}};

}  // namespace
}  // namespace traps
