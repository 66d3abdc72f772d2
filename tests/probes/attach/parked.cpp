// SPDX-License-Identifier: Apache-2.0
// A program whose threads are parked for ever, each inside a function under which no library can be
// loaded. One line a thread: its id and what must be said of it; nothing: the thread is safe.
#include <dlfcn.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

namespace {

int g_silent_pipe[2];
pthread_mutex_t g_mutex = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t g_rwlock = PTHREAD_RWLOCK_INITIALIZER;

void ReadForEver() {
  char byte;
  if (read(g_silent_pipe[0], &byte, 1) == 1) abort();
}

void InMutex() {
  pthread_mutex_lock(&g_mutex);
}
void InRwlock() {
  pthread_rwlock_wrlock(&g_rwlock);
}
void InAllocator() {
  const cookie_io_functions_t functions{nullptr,
                                        [](void*, const char*, size_t) -> ssize_t {
                                          ReadForEver();
                                          return -1;
                                        },
                                        nullptr, nullptr};
  FILE* file = fopencookie(nullptr, "w", functions);
  setvbuf(file, nullptr, _IONBF, 0);
  malloc_info(0, file);
}
void InFork() {
  pthread_atfork(&ReadForEver, nullptr, nullptr);
  if (fork() == 0) _exit(0);
}
void InConstructor() {
  setenv("SEEP_PARK_FD", std::to_string(g_silent_pipe[0]).c_str(), 1);
  dlopen(SEEP_PARKED_PLUGIN_PATH, RTLD_NOW);
}
void InList() {
  dl_iterate_phdr(
      [](dl_phdr_info*, size_t, void*) {
        ReadForEver();
        return 1;
      },
      nullptr);
}
void InExit() {
  atexit(&ReadForEver);
  exit(0);
}

void Park(const char* expected, void (*park)()) {
  std::thread([=] {
    printf("%ld %s\n", syscall(SYS_gettid), expected);
    park();
  }).detach();
  usleep(20'000);  // one after the other: some take locks that others need on their way
}

}  // namespace

int main() {
  if (pipe(g_silent_pipe) != 0) return 1;
  setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  pthread_mutex_lock(&g_mutex);
  pthread_rwlock_rdlock(&g_rwlock);
  Park("", &ReadForEver);
  Park("in pthread_mutex_lock", &InMutex);
  Park("in pthread_rwlock_wrlock", &InRwlock);
  Park("in the allocator", &InAllocator);
  Park("in the dynamic loader", &InConstructor);
  Park("in dl_iterate_phdr", &InList);
  Park("in fork", &InFork);
  Park("in exit", &InExit);
  puts("parked");
  ReadForEver();
}
