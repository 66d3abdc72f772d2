// SPDX-License-Identifier: Apache-2.0
// Opens descriptors at a rate and never closes them; beside that, opens and closes some properly.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "tests/targets/fd_kinds.h"
#include "tests/targets/zoo.h"

namespace {

enum Kind : uint64_t { kFile, kSocketPair, kEventFd, kCloseWait, kPipe, kEpoll, kTimerFd };

// A server that never closes what its clients have closed.
[[gnu::noipa]] int LeakConnection() {
  static sockaddr_in address;
  static const int listener = zoo::Listen(&address);
  int pair[2];
  if (!zoo::ConnectPair(listener, address, pair)) return 0;
  close(pair[0]);
  return 1;
}

// Returns the number of descriptors leaked.
[[gnu::noipa]] int LeakDescriptor(uint64_t kind) {
  int pair[2];
  switch (kind) {
    case kSocketPair:
      return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? 2 : 0;
    case kEventFd:
      return eventfd(0, 0) >= 0 ? 1 : 0;
    case kCloseWait:
      return LeakConnection();
    case kPipe:
      return pipe(pair) == 0 ? 2 : 0;
    case kEpoll:
      return epoll_create1(0) >= 0 ? 1 : 0;
    case kTimerFd:
      return timerfd_create(CLOCK_MONOTONIC, 0) >= 0 ? 1 : 0;
    default:
      return open("/dev/null", O_RDONLY) >= 0 ? 1 : 0;
  }
}

[[gnu::noipa]] void UseDescriptor() {
  const int fd = open("/dev/null", O_RDONLY);
  if (fd >= 0) close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "leaks file descriptors",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 10, "descriptors leaked per second"},
                              {"kind", 0,
                               "0 = devices, 1 = pairs of sockets, 2 = eventfds, 3 = connections "
                               "in CLOSE_WAIT, 4 = pipes, 5 = epoll, 6 = timerfds"}});
  zoo::Start(options["seconds"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long leaked = 0;
  unsigned long long refused = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    UseDescriptor();
    if (!pacer.IsDue()) continue;
    const int opened = LeakDescriptor(options["kind"]);
    if (opened == 0) ++refused;  // EMFILE, in the end
    leaked += static_cast<unsigned>(opened);
    pacer.Spend(opened != 0 ? static_cast<uint64_t>(opened) : 1);
  }
  zoo::Say(
      "leaked_fds=%llu refused=%llu site=LeakDescriptor leaked_bytes=0 leaked_blocks=0 "
      "seconds=%.3f",
      leaked, refused, zoo::ElapsedS());
}
