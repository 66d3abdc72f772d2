// SPDX-License-Identifier: Apache-2.0
// Healthy: takes and gives back every resource that other zoo programs leak.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/targets/fd_kinds.h"
#include "tests/targets/zoo.h"

namespace {

constexpr size_t kMost = 32;  // of each, at any time
constexpr size_t kFileBytes = 64 << 10;

// A ring: the oldest is given back for each that is taken.
template <typename T, void (*kGiveBack)(T)>
class Ring {
 public:
  void Put(T item) {
    if (used_ < kMost) {
      items_[used_++] = item;
      return;
    }
    T& oldest = items_[next_];
    next_ = (next_ + 1) % kMost;
    kGiveBack(oldest);
    oldest = item;
  }

 private:
  T items_[kMost] = {};
  size_t used_ = 0;
  size_t next_ = 0;
};

void Close(int fd) {
  if (fd >= 0) close(fd);
}
void Unmap(void* map) {
  if (map != MAP_FAILED) munmap(map, 4096);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "takes and gives back resources",
                             {{"seconds", 10, "0 = until SIGTERM"}, {"seed", 1, "of the order"}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  sockaddr_in address;
  const int listener = zoo::Listen(&address);
  static Ring<int, Close> descriptors;
  static Ring<void*, Unmap> mappings;
  unsigned long long rounds = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(5), ++rounds) {
    int pair[2] = {-1, -1};
    switch (random.Between(0, 7)) {
      case 0:
        if (zoo::ConnectPair(listener, address, pair)) close(pair[0]);
        descriptors.Put(pair[1]);
        break;
      case 1:
        if (pipe2(pair, O_CLOEXEC) == 0) close(pair[0]);
        descriptors.Put(pair[1]);
        break;
      case 2:
        descriptors.Put(epoll_create1(EPOLL_CLOEXEC));
        break;
      case 3:
        descriptors.Put(zoo::OpenUnlinked("/var/tmp", kFileBytes));
        break;
      case 4: {
        const int memory = memfd_create("zoo", MFD_CLOEXEC);
        if (write(memory, &address, sizeof address) > 0) descriptors.Put(memory);
        break;
      }
      case 5: {
        const pid_t child = rounds % 8 == 0 ? fork() : -1;
        if (child == 0) _exit(0);
        if (child > 0) waitpid(child, nullptr, 0);
        break;
      }
      default:
        mappings.Put(mmap(nullptr, 4096, rounds % 2 ? PROT_READ : PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    }
  }
  zoo::Say("rounds=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", rounds, zoo::ElapsedS());
}
