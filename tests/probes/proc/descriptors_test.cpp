// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/descriptors.h"

#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/targets/fd_kinds.h"

using namespace seep;
using proc::DescriptorKind;

namespace {

// Descriptors of this test, closed at its end.
class Opened {
 public:
  ~Opened() {
    for (const int fd : fds_) close(fd);
  }
  int Keep(int fd) {
    REQUIRE(fd >= 0);
    fds_.push_back(fd);
    return fd;
  }

 private:
  std::vector<int> fds_;
};

struct Look {
  proc::Descriptors before = *proc::ReadDescriptors(getpid());
  uint64_t More(DescriptorKind kind) const {
    return proc::ReadDescriptors(getpid())->Count(kind) - before.Count(kind);
  }
};

void Fill(int fd, size_t size_bytes) {
  const std::vector<char> bytes(size_bytes, 'x');
  REQUIRE(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(size_bytes));
}

}  // namespace

TEST_CASE("descriptors of every kind are told apart") {
  Opened opened;
  const Look look;
  int pair[2];
  const std::string folder = std::filesystem::temp_directory_path();
  opened.Keep(open("/proc/self/exe", O_RDONLY));
  opened.Keep(open(folder.c_str(), O_RDONLY | O_DIRECTORY));
  opened.Keep(open("/dev/null", O_RDONLY));
  REQUIRE(pipe(pair) == 0);
  opened.Keep(pair[0]);
  opened.Keep(pair[1]);
  opened.Keep(eventfd(0, 0));
  opened.Keep(epoll_create1(0));
  opened.Keep(timerfd_create(CLOCK_MONOTONIC, 0));
  sigset_t signals;
  sigemptyset(&signals);
  opened.Keep(signalfd(-1, &signals, 0));
  opened.Keep(inotify_init1(0));
  opened.Keep(memfd_create("test", 0));
  opened.Keep(zoo::OpenUnlinked(folder.c_str(), 0));
  opened.Keep(static_cast<int>(syscall(SYS_pidfd_open, getpid(), 0)));
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  opened.Keep(pair[0]);
  opened.Keep(pair[1]);
  const int netlink = opened.Keep(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  sockaddr_nl any{};
  any.nl_family = AF_NETLINK;
  REQUIRE(bind(netlink, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  opened.Keep(socket(AF_INET, SOCK_STREAM, 0));
  CHECK(look.More(DescriptorKind::kFile) == 1);
  CHECK(look.More(DescriptorKind::kDirectory) == 1);
  CHECK(look.More(DescriptorKind::kDevice) == 1);
  CHECK(look.More(DescriptorKind::kPipe) == 2);
  CHECK(look.More(DescriptorKind::kEventfd) == 1);
  CHECK(look.More(DescriptorKind::kEpoll) == 1);
  CHECK(look.More(DescriptorKind::kTimerfd) == 1);
  CHECK(look.More(DescriptorKind::kSignalfd) == 1);
  CHECK(look.More(DescriptorKind::kInotify) == 1);
  CHECK(look.More(DescriptorKind::kMemfd) == 1);
  CHECK(look.More(DescriptorKind::kDeletedFile) == 1);
  CHECK(look.More(DescriptorKind::kAnonymous) == 1);
  CHECK(look.More(DescriptorKind::kUnix) == 2);
  CHECK(look.More(DescriptorKind::kNetlink) == 1);
  CHECK(look.More(DescriptorKind::kSocket) == 1);  // not bound: in no table
}

TEST_CASE("a connection that the other side has closed waits to be closed") {
  Opened opened;
  const Look look;
  sockaddr_in address;
  const int listener = opened.Keep(zoo::Listen(&address));
  int open_pair[2] = {};
  int left_pair[2] = {};
  REQUIRE(zoo::ConnectPair(listener, address, open_pair));
  REQUIRE(zoo::ConnectPair(listener, address, left_pair));
  opened.Keep(open_pair[0]);
  opened.Keep(open_pair[1]);
  opened.Keep(left_pair[1]);
  close(left_pair[0]);
  // Waits until the end of the stream has arrived.
  char byte;
  REQUIRE(recv(left_pair[1], &byte, 1, 0) == 0);
  CHECK(look.More(DescriptorKind::kTcpListen) == 1);
  CHECK(look.More(DescriptorKind::kTcpEstablished) == 2);
  CHECK(look.More(DescriptorKind::kTcpCloseWait) == 1);

  const int udp = opened.Keep(socket(AF_INET, SOCK_DGRAM, 0));
  REQUIRE(bind(udp, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  CHECK(look.More(DescriptorKind::kUdp) == 1);
}

TEST_CASE("space of files without a name is counted once a file, that in memory apart") {
  Opened opened;
  const Look look;
  constexpr size_t kBytes = 256 << 10;
  // Not in /tmp, which may be a tmpfs.
  const int file = opened.Keep(zoo::OpenUnlinked("/var/tmp", kBytes));
  REQUIRE(fsync(file) == 0);
  opened.Keep(dup(file));
  const int memory = opened.Keep(memfd_create("test", 0));
  Fill(memory, kBytes);
  opened.Keep(dup(memory));
  Fill(opened.Keep(zoo::OpenUnlinked("/dev/shm", 0)), kBytes);
  const auto after = proc::ReadDescriptors(getpid());
  REQUIRE(after);
  CHECK(look.More(DescriptorKind::kDeletedFile) == 3);
  CHECK(after->deleted_bytes - look.before.deleted_bytes >= kBytes);
  CHECK(after->deleted_bytes - look.before.deleted_bytes < kBytes + (64 << 10));
  CHECK(after->memory_bytes - look.before.memory_bytes == 2 * kBytes);
  CHECK(after->took_s > 0);
}

TEST_CASE("a file whose name ends like that of a deleted one is not deleted") {
  const std::string path = "/var/tmp/seep_" + std::to_string(getpid()) + " (deleted)";
  const Look look;
  {
    Opened opened;
    opened.Keep(open(path.c_str(), O_RDWR | O_CREAT, 0600));
    CHECK(look.More(DescriptorKind::kFile) == 1);
    CHECK(look.More(DescriptorKind::kDeletedFile) == 0);
  }
  unlink(path.c_str());
}

TEST_CASE("descriptors of a process that has ended are not found") {
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  CHECK_FALSE(proc::ReadDescriptors(child));
}
