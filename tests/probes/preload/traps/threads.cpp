// SPDX-License-Identifier: Apache-2.0
// Threads: storms of short ones, what their thread-local data do at their end, small stacks.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

// 10,000 threads that live for three blocks each.
int Storm() {
  constexpr int kThreads = 10'000;
  constexpr int kAtOnce = 20;
  for (int i = 0; i < kThreads / kAtOnce; ++i) {
    std::vector<std::thread> threads;
    for (int j = 0; j < kAtOnce; ++j) {
      threads.emplace_back([] {
        for (int block = 0; block < 3; ++block) std::free(std::malloc(kBytes));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  return 0;
}

// Frees in each pass of the destructors of a thread, the last ones after everything else is gone.
pthread_key_t key;
void OnThreadEnd(void* block) {
  std::free(block);
  thread_local int passes = 0;
  void* next = std::malloc(kBytes);
  // A key that is set again is destroyed again, up to four times.
  if (++passes < PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(key, next);
  } else {
    std::free(next);
  }
}
struct Owner {
  void* block = std::malloc(kBytes);
  ~Owner() { std::free(block); }
};
std::atomic<void*> left_behind[100];

int ThreadEnd() {
  pthread_key_create(&key, &OnThreadEnd);
  for (auto& slot : left_behind) {
    pthread_t thread;
    pthread_create(
        &thread, nullptr,
        [](void* place) -> void* {
          thread_local Owner owner;
          pthread_setspecific(key, std::malloc(kBytes));
          static_cast<std::atomic<void*>*>(place)->store(
              owner.block != nullptr ? std::malloc(kBytes) : nullptr);
          struct OnStack {  // unwound by pthread_exit
            Owner owned;
          } on_stack;
          pthread_exit(nullptr);
        },
        &slot);
    pthread_join(thread, nullptr);
    std::free(slot.load());  // of a thread that has ended
  }
  return 0;
}

// The least stack that a thread may have. A sample is taken on it, and so is a fork child's ledger
// made.
int SmallStack() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, static_cast<size_t>(sysconf(_SC_THREAD_STACK_MIN)));
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    const int failure = pthread_create(
        &thread, &attributes,
        [](void*) -> void* {
          AllocateAndFreeHalf();
          return ForkAndAllocate() == 0 ? nullptr : const_cast<char*>("failed");
        },
        nullptr);
    if (failure != 0) return Failed("pthread_create: %s", std::strerror(failure));
    void* result = nullptr;
    pthread_join(thread, &result);
    if (result != nullptr) return Failed("a child failed");
  }
  return 0;
}

// Not preloaded but loaded at run time, as an attach does: its thread-local words must fit into
// what the loader keeps for late comers.
int LoadedLate() {
  void* library = dlopen(std::getenv("TRAP_LIBRARY"), RTLD_NOW);
  if (library == nullptr) return Failed("%s", dlerror());
  AllocateAndFreeHalf();
  std::thread([] { AllocateAndFreeHalf(); }).join();
  return 0;
}

const Register registered[] = {{"thread-storm", &Storm},
                               {"thread-end", &ThreadEnd},
                               {"small-stack", &SmallStack},
                               {"loaded-late", &LoadedLate}};

}  // namespace
}  // namespace traps
