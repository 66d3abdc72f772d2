// SPDX-License-Identifier: Apache-2.0
// Threads that wait in every kind of blocking system call, each for ever or for a long time, and
// see no EINTR unless a signal handler ran: what a tracer must not disturb. Healthy. One thread
// sleeps for --sleep ms again and again and measures how much longer that took.
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "tests/targets/zoo.h"

namespace {

std::atomic<int> g_disturbed{0};
std::atomic<int> g_waiting{0};
std::atomic<long> g_longest_sleep_us{0};
std::atomic<long> g_shortest_sleep_us{1'000'000'000};
std::atomic<int> g_sleeps{0};

// `wait` must not come back while the program runs.
template <typename Wait>
void MustNotReturn(const char* name, Wait wait) {
  g_waiting.fetch_add(1);
  const long result = wait();
  const int cause = errno;
  if (!zoo::IsRunning()) return;
  g_disturbed.fetch_add(1);
  zoo::Say("disturbed=%s result=%ld errno=%d", name, result, cause);
}

void SleepAgain(uint64_t sleep_ms) {
  while (zoo::IsRunning()) {
    timespec time{static_cast<time_t>(sleep_ms / 1000),
                  static_cast<long>(sleep_ms % 1000) * 1'000'000};
    const double start_s = zoo::NowS();
    if (nanosleep(&time, nullptr) != 0 && zoo::IsRunning()) {
      g_disturbed.fetch_add(1);
      zoo::Say("disturbed=nanosleep_loop errno=%d", errno);
    }
    if (!zoo::IsRunning()) break;  // cut short by the SIGTERM that ends us
    const long took_us = static_cast<long>((zoo::NowS() - start_s) * 1e6);
    if (took_us > g_longest_sleep_us.load()) g_longest_sleep_us.store(took_us);
    if (took_us < g_shortest_sleep_us.load()) g_shortest_sleep_us.store(took_us);
    g_sleeps.fetch_add(1);
  }
}

constexpr int kLongMs = 600'000;

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "threads that wait in the kernel; healthy",
                             {{"seconds", 3, "0 = until SIGTERM"},
                              {"sleep", 200, "ms of the thread that measures its sleep"}});
  zoo::Start(options["seconds"]);
  int pipes[2];
  int server = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int pair[2];
  const int semaphores = semget(IPC_PRIVATE, 1, 0600);
  if (pipe(pipes) != 0 || bind(server, reinterpret_cast<sockaddr*>(&any), sizeof(any)) != 0 ||
      listen(server, 1) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || semaphores < 0) {
    return 1;
  }
  const int epoll = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event);
  static uint32_t word = 0;
  static sem_t semaphore;
  sem_init(&semaphore, 0, 0);
  const timespec long_time{kLongMs / 1000, 0};
  sigset_t none;
  sigemptyset(&none);
  sigset_t waited;
  sigemptyset(&waited);
  sigaddset(&waited, SIGUSR2);

  const auto start = [](const char* name, auto wait) {
    std::thread([name, wait] { MustNotReturn(name, wait); }).detach();
  };
  start("nanosleep", [=] { return nanosleep(&long_time, nullptr); });
  start("clock_nanosleep",
        [=] { return clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, nullptr); });
  start("poll", [=] {
    pollfd fd{pipes[0], POLLIN, 0};
    return poll(&fd, 1, kLongMs);
  });
  start("poll_forever", [=] {
    pollfd fd{pipes[0], POLLIN, 0};
    return poll(&fd, 1, -1);
  });
  start("ppoll", [=] {
    pollfd fd{pipes[0], POLLIN, 0};
    return ppoll(&fd, 1, &long_time, &none);
  });
  start("select", [=] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[0], &set);
    return select(pipes[0] + 1, &set, nullptr, nullptr, nullptr);
  });
  start("pselect", [=] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[0], &set);
    return pselect(pipes[0] + 1, &set, nullptr, nullptr, &long_time, &none);
  });
  start("futex", [] { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0); });
  start("futex_timed",
        [=] { return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &long_time, nullptr, 0); });
  start("sem_wait", [] { return sem_wait(&semaphore); });
  start("epoll_wait", [=] {
    epoll_event got;
    return epoll_wait(epoll, &got, 1, -1);
  });
  start("epoll_wait_timed", [=] {
    epoll_event got;
    return epoll_wait(epoll, &got, 1, kLongMs);
  });
  start("epoll_pwait", [=] {
    epoll_event got;
    return epoll_pwait(epoll, &got, 1, -1, &none);
  });
  start("read_pipe", [=] {
    char byte;
    return read(pipes[0], &byte, 1);
  });
  start("recv", [=] {
    char byte;
    return recv(pair[0], &byte, 1, 0);
  });
  start("accept", [=] { return accept(server, nullptr, nullptr); });
  start("sigtimedwait", [=] { return sigtimedwait(&waited, nullptr, &long_time); });
  start("sigsuspend", [=] { return sigsuspend(&waited); });
  start("semop", [=] {
    sembuf take{0, -1, 0};
    return semop(semaphores, &take, 1);
  });
  start("pause", [] { return pause(); });
  constexpr int kWaits = 20;
  while (g_waiting.load() < kWaits) usleep(1000);
  usleep(50'000);  // until they are in the kernel
  zoo::Ready();
  SleepAgain(options["sleep"]);
  semctl(semaphores, 0, IPC_RMID);
  zoo::Say(
      "leaked_bytes=0 leaked_blocks=0 waits=%d disturbed=%d sleeps=%d shortest_sleep_us=%ld "
      "longest_sleep_us=%ld seconds=%.3f",
      kWaits, g_disturbed.load(), g_sleeps.load(), g_shortest_sleep_us.load(),
      g_longest_sleep_us.load(), zoo::ElapsedS());
  fflush(nullptr);
  _exit(g_disturbed.load() == 0 ? 0 : 1);
}
