// SPDX-License-Identifier: Apache-2.0
// A thread of the target that works for us runs before all ordinary threads of the machine: among
// many busy ones it would wait for a processor longer than it works, and stand still all the while.
//
// Nothing is changed about it: a real-time thread of ours waits for a lock (a PI futex in our own
// memory) of which we say that the other thread holds it, and the kernel lends it the priority of
// whoever waits. When we end, by kill -9 too, nobody waits any more and the loan is over.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <semaphore>
#include <thread>

namespace seep::attach {

// Does nothing unless made under an Urgency that is raised, nor while another process lends.
class PriorityLoan {
 public:
  // Makes our thread, which takes a while; the loan begins with LendTo.
  PriorityLoan();
  // As End, and waits until it has.
  ~PriorityLoan();
  PriorityLoan(const PriorityLoan&) = delete;
  PriorityLoan& operator=(const PriorityLoan&) = delete;

  // Once, to a thread that is stopped: our thread waits asleep then. For a thread on a processor
  // the kernel would spin (rtmutex_spin_on_owner), deaf to signals, until that one is off it.
  void LendTo(pid_t tid);
  // While that thread is stopped, too: then ours runs before it and gives up the wait.
  void End();

 private:
  void Wait();

  int right_ = -1;             // to lend: see the .cpp
  uint32_t* owner_ = nullptr;  // the lock: thread id of who holds it
  std::counting_semaphore<2> is_decided_{0};
  bool is_ended_ = false;
  std::thread waiter_;
};

}  // namespace seep::attach
