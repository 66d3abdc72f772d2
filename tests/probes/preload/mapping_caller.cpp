// SPDX-License-Identifier: Apache-2.0
// Target of mappings_test: maps memory in one way, and ends with some of it in use.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr size_t kPage = 4096;

char* Map(size_t pages, void* address = nullptr, int protection = PROT_READ | PROT_WRITE,
          int flags = 0) {
  void* map = mmap(address, pages * kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (map == MAP_FAILED) _exit(3);
  return static_cast<char*>(map);
}

void Unmap(char* map, size_t pages) {
  if (munmap(map, pages * kPage) != 0) _exit(4);
}

void InChild(void (*work)()) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  if (status != 0) _exit(5);
}

char* g_of_parent;

char* volatile g_from_main;

// Whatever the thread was at. The addresses are kept from being handed out again, past every hook:
// that alone would tell the probe of an unmapping that it has lost.
void OnSignal(int) {
  Unmap(Map(2), 2);
  if (g_from_main == nullptr) return;
  Unmap(g_from_main, 2);
  syscall(SYS_mmap, g_from_main, 2 * kPage, PROT_NONE,
          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  g_from_main = nullptr;
}

void FromSignals() {
  struct sigaction action {};
  action.sa_handler = &OnSignal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
  const itimerval often{{0, 100}, {0, 100}};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; i < 60000; ++i) {
    if (g_from_main == nullptr) g_from_main = Map(2);
    Unmap(Map(1), 1);
    void* volatile block = std::malloc(10);
    std::free(block);
  }
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
  if (g_from_main != nullptr) Unmap(g_from_main, 2);
  Unmap(Map(1), 1);  // applies what a handler had to leave behind
}

void FromThreads() {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 5000; ++i) {
        char* map = Map(4);
        Unmap(map, 1);
        Unmap(map + 2 * kPage, 2);
        Unmap(map + kPage, 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Unmap(Map(1), 1);
}

// Splits a reservation until the kernel gives no more mappings: then a hole cannot be made either.
int WithoutRoom() {
  char* map = Map(5);
  constexpr size_t kPages = size_t{1} << 18;  // beyond the usual limit of 65530
  char* reservation = Map(kPages, nullptr, PROT_NONE);
  size_t page = 1;
  while (page < kPages && mprotect(reservation + page * kPage, kPage, PROT_READ) == 0) page += 2;
  return page < kPages && munmap(map + 2 * kPage, kPage) != 0 ? 0 : 3;
}

// Children forked while threads map: whatever those were doing, a child can begin.
void ForkStorm() {
  std::atomic<bool> is_over = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&is_over] {
      while (!is_over) Unmap(Map(1), 1);
    });
  }
  for (int i = 0; i < 60; ++i) {
    InChild([] { Map(2); });
  }
  is_over = true;
  for (std::thread& thread : threads) thread.join();
}

int Run(std::string_view way) {
  if (way == "parts") {
    char* map = Map(8);
    Unmap(map + 2 * kPage, 3);  // 2 and 3 pages are left
    Unmap(map, 1);              // 1 and 3
  } else if (way == "fixed") {
    char* map = Map(8);
    Map(3, map + 5 * kPage, PROT_NONE, MAP_FIXED);  // 5 pages are left
    Map(1, map, PROT_READ, MAP_FIXED);              // one of them at another stack
  } else if (way == "refused") {
    char* map = Map(5);
    if (munmap(map + 1, kPage) == 0 || munmap(map, 0) == 0) return 3;
    if (mremap(map, 5 * kPage, size_t{1} << 46, 0) != MAP_FAILED) return 3;
  } else if (way == "no-room") {
    return WithoutRoom();
  } else if (way == "fork-storm") {
    ForkStorm();
  } else if (way == "uncounted") {
    Map(100, nullptr, PROT_NONE);
    void* file = mmap(nullptr, kPage, PROT_READ, MAP_PRIVATE, open("/proc/self/exe", O_RDONLY), 0);
    if (file == MAP_FAILED) return 3;
  } else if (way == "unseen-unmap") {
    // Past every hook: the next mapping there tells that the old one is gone.
    char* map = Map(5);
    syscall(SYS_munmap, map, 5 * kPage);
    Map(5, map, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE);
  } else if (way == "shrinks") {
    if (mremap(Map(8), 8 * kPage, 5 * kPage, 0) == MAP_FAILED) return 3;
  } else if (way == "fork") {
    g_of_parent = Map(5);
    InChild([] {
      Unmap(g_of_parent, 5);
      Map(2);
    });
  } else if (way == "vfork") {
    if (vfork() == 0) {
      Map(5);
      _exit(0);
    }
  } else if (way == "signals") {
    FromSignals();
    Map(5);
  } else if (way == "threads") {
    FromThreads();
    Map(5);
  } else {
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return argc == 2 ? Run(argv[1]) : 2;
}
