// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/priority_loan.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "probes/attach/urgency.h"

namespace seep::attach {
namespace {

// Interrupts the wait of our thread. Nobody else uses it here.
int WakeSignal() {
  return SIGRTMAX;
}

// The right to lend, of one process of the machine at a time: its fd, -1 when another one has it.
// Two loans at once fill two processors, and those who are to end them wait for ever.
int TakeRight() {
  constexpr char kName[] = "seep-priority-loan";
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::memcpy(address.sun_path + 1, kName, sizeof(kName));  // abstract: gone with its holder
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

}  // namespace

PriorityLoan::PriorityLoan() {
  if (!Urgency::IsRaised()) return;
  right_ = TakeRight();
  if (right_ < 0) return;
  // Shared, as a lock between processes is.
  void* page =
      mmap(nullptr, sizeof(*owner_), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) {
    close(right_);
    return;
  }
  owner_ = static_cast<uint32_t*>(page);
  std::signal(WakeSignal(), [](int) {});
  waiter_ = std::thread(&PriorityLoan::Wait, this);
}

PriorityLoan::~PriorityLoan() {
  if (owner_ == nullptr) return;
  End();
  waiter_.join();
  munmap(owner_, sizeof(*owner_));
  close(right_);
}

void PriorityLoan::LendTo(pid_t tid) {
  if (owner_ == nullptr) return;
  __atomic_store_n(owner_, static_cast<uint32_t>(tid), __ATOMIC_RELEASE);
  is_decided_.release();
}

void PriorityLoan::End() {
  if (owner_ == nullptr || is_ended_) return;
  is_ended_ = true;
  // Nobody holds the lock any more. The kernel begins the wait again after the signal, and sees it.
  __atomic_store_n(owner_, 0, __ATOMIC_RELEASE);
  pthread_kill(waiter_.native_handle(), WakeSignal());
  is_decided_.release();
}

void PriorityLoan::Wait() {
  sigset_t wake;
  sigemptyset(&wake);
  sigaddset(&wake, WakeSignal());
  pthread_sigmask(SIG_UNBLOCK, &wake, nullptr);
  // The kernel may spin here while the other thread is on a processor: were it as urgent as those
  // who are to stop that thread, nobody could on two processors (0.4 s, seen in 1 of 300 attaches).
  const sched_param below{.sched_priority = Urgency::kPriority - 1};
  sched_setscheduler(0, SCHED_FIFO, &below);
  is_decided_.acquire();
  // Until the lock is ours: at the end of the loan, or when its holder has ended.
  syscall(SYS_futex, owner_, FUTEX_LOCK_PI, 0, nullptr, nullptr, 0);
}

}  // namespace seep::attach
