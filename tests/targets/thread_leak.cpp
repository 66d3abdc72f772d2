// SPDX-License-Identifier: Apache-2.0
// Starts threads at a rate that never end; beside that, starts and joins some properly.
#include <pthread.h>

#include "tests/targets/zoo.h"

namespace {

// Uses so much of its stack first.
size_t touched_bytes = 0;

void* SleepForEver(void*) {
  zoo::Touch(__builtin_alloca(touched_bytes), touched_bytes);
  for (;;) zoo::SleepMs(1'000'000);
}
void* EndAtOnce(void*) {
  return nullptr;
}

[[gnu::noipa]] bool LeakThread(const pthread_attr_t* attributes) {
  pthread_t thread;
  return pthread_create(&thread, attributes, &SleepForEver, nullptr) == 0;
}

[[gnu::noipa]] void UseThread(const pthread_attr_t* attributes) {
  pthread_t thread;
  if (pthread_create(&thread, attributes, &EndAtOnce, nullptr) == 0) pthread_join(thread, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "leaks threads",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 5, "threads leaked per second"},
                              {"max", 2000, "stop leaking then"},
                              {"stack", 256 << 10, "bytes of each stack"},
                              {"touch", 0, "bytes that are used of each"}});
  zoo::Start(options["seconds"]);
  touched_bytes = options["touch"];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, options["stack"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long leaked = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(5)) {
    UseThread(&attributes);
    if (!pacer.IsDue() || leaked >= options["max"]) continue;
    if (LeakThread(&attributes)) ++leaked;
    pacer.Spend(1);
  }
  zoo::Say("leaked_threads=%llu site=LeakThread leaked_bytes=0 leaked_blocks=0 seconds=%.3f",
           leaked, zoo::ElapsedS());
}
