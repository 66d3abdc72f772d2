// SPDX-License-Identifier: Apache-2.0
// One thread of the target, seized by ptrace. Whatever happens to us, it lives on: without
// PTRACE_O_EXITKILL the kernel lets go of it when we die, and each state that we bring it into is
// one from which it comes back by itself (call_frame.h).
#pragma once

#include <sys/types.h>
#include <sys/user.h>

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/error.h"

namespace seep::attach {

using Registers = user_regs_struct;

// CLOCK_MONOTONIC seconds.
double NowSeconds();

class Tracee {
 public:
  // kNotFound: it has ended; kIo: the kernel refuses, the message holds why.
  static model::Result<Tracee> Seize(pid_t pid, pid_t tid);

  // As LetGo.
  ~Tracee();
  Tracee(Tracee&& other) noexcept;
  Tracee& operator=(Tracee&& other) noexcept;

  // Lets the thread go on where it is, untraced; an interrupted wait that the kernel would not
  // restart is restarted by us. The end of its use.
  void LetGo();

  pid_t tid() const { return tid_; }
  bool is_stopped() const { return is_stopped_; }

  // Asks the thread to stop before it runs another instruction of the program.
  model::Status Interrupt();
  // Waits until it has. kBusy: not within the limit (it cannot run meanwhile, though); kNotFound:
  // the thread has ended. Signals that come before are passed on.
  model::Status AwaitStop(double limit_s);

  // Of a stopped thread only.
  model::Status Resume();
  // Until the next entry or exit of a system call. `is_entry` and `registers` tell which. Waits at
  // most `limit_s`.
  struct SyscallStop {
    bool is_entry = false;
    Registers registers{};
  };
  model::Result<SyscallStop> RunToSyscall(double limit_s);

  // Goes on, with a signal for the program or 0, until the next signal is to be delivered to this
  // thread; that one is held back.
  model::Result<int> RunToSignal(int signal, double limit_s);
  // Sends a signal to this thread.
  model::Status Send(int signal) const;

  model::Result<Registers> ReadRegisters() const;
  model::Status WriteRegisters(const Registers& registers) const;
  model::Result<std::vector<char>> ReadVectorState() const;
  model::Status WriteVectorState(const std::vector<char>& state) const;
  model::Result<uint64_t> ReadSignalMask() const;
  model::Status WriteSignalMask(uint64_t mask) const;
  // In a restartable sequence (rseq(2)): its registers must not be used for something else.
  bool IsInRestartableSequence(const Registers& registers) const;

 private:
  Tracee(pid_t pid, pid_t tid) : pid_(pid), tid_(tid) {}
  // One event of the thread within the limit.
  model::Result<int> Wait(double limit_s);
  model::Status Ended() const;
  std::string Name() const;

  pid_t pid_;
  pid_t tid_;
  bool is_attached_ = true;
  bool is_stopped_ = false;
};

// Some system calls answer EINTR after a stop although no signal came (signal(7)): epoll_wait and
// others. Makes the stopped thread begin them again.
void RestartInterruptedWait(pid_t pid, const Tracee& thread);

// What stood in the registers of a thread that waits in the kernel, as the program must see them
// when the call is begun again by us instead of by the kernel.
Registers WithRestart(const Registers& registers);

// True when the stopped thread was blocked in a system call that may take for ever.
bool IsInWait(const Registers& registers);

// A word of /proc/PID/task/TID/status read as hexadecimal, 0 when there is none.
uint64_t ReadStatusMask(pid_t pid, pid_t tid, const std::string& key);

}  // namespace seep::attach
