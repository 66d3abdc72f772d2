// SPDX-License-Identifier: Apache-2.0
// Allocates where a preload may not be ready yet or not be there any more: .preinit_array, first
// constructors, TLS constructors and destructors, thread keys, atexit, last destructors.
// Each place frees one block and takes another to a later place. The last of them tells the truth.
#include <pthread.h>

#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

zoo::Tally g_early;
std::atomic<unsigned> g_places{0};
std::atomic<void*> g_carried{nullptr};  // allocated in one place, freed in the next

[[gnu::noipa]] void AllocateEarly() {
  for (size_t size_bytes : {24u, 100u, 5000u}) {
    free(zoo::Touch(malloc(size_bytes), size_bytes));
    g_early.Add(size_bytes);
  }
  void* grown = realloc(zoo::Touch(calloc(4, 25), 100), 300);
  free(g_carried.exchange(zoo::Touch(grown, 300)));
  g_early.Add(300);
  g_places.fetch_add(1);
}

// Only an executable may have one. It runs before the constructors of all libraries.
void BeforeAll(int, char**, char**) {
  AllocateEarly();
}
[[gnu::section(".preinit_array"), gnu::used]] void (*g_before_all)(int, char**,
                                                                   char**) = &BeforeAll;

[[gnu::constructor(101)]] void First() {
  AllocateEarly();
}

[[gnu::destructor(101)]] void Last() {
  AllocateEarly();
  free(g_carried.exchange(nullptr));
  zoo::Say(
      "leaked_bytes=0 leaked_blocks=0 site=AllocateEarly places=%u early_blocks=%llu "
      "seconds=%.3f",
      g_places.load(), g_early.blocks_total(), zoo::ElapsedS());
}

struct OnThread {
  OnThread() { AllocateEarly(); }
  ~OnThread() { AllocateEarly(); }
  bool is_used = false;
};
thread_local OnThread t_on_thread;

pthread_key_t g_key;

// Sets the key again once: the second round comes after all other thread data is gone.
void OnKeyDestroyed(void* block) {
  AllocateEarly();
  if (static_cast<char*>(block)[0] == 1) {
    static_cast<char*>(block)[0] = 2;
    pthread_setspecific(g_key, block);
  } else {
    free(block);
  }
}

void RunThread() {
  t_on_thread.is_used = true;
  auto* block = static_cast<char*>(malloc(32));
  block[0] = 1;
  pthread_setspecific(g_key, block);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "allocates at the edges of process and thread; healthy",
                             {{"seconds", 1, "0 = until SIGTERM"}, {"threads", 4, "at a time"}});
  zoo::Start(options["seconds"]);
  t_on_thread.is_used = true;
  pthread_key_create(&g_key, &OnKeyDestroyed);
  atexit(&AllocateEarly);
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(10)) {
    std::vector<std::thread> threads;
    for (uint64_t i = 0; i < options["threads"]; ++i) threads.emplace_back(RunThread);
    for (auto& thread : threads) thread.join();
  }
}
