// SPDX-License-Identifier: Apache-2.0
// System calls in which a thread may wait for ever, and how they go on after a stop.
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "probes/attach/tracee.h"
#include "probes/proc/files.h"

namespace seep::attach {
namespace {

// Results that the kernel keeps to itself (linux/errno.h): it begins the call again when no
// handler was run, as the target's SA_RESTART says otherwise.
constexpr int64_t kFirstRestart = -516;  // ERESTART_RESTARTBLOCK
constexpr int64_t kLastRestart = -512;   // ERESTARTSYS

constexpr int64_t kSyscallInstructionBytes = 2;

// signal(7): EINTR after SIGSTOP and SIGCONT, hence after ptrace, too, even without a handler.
constexpr std::array<long, 11> kNeverRestarted{
    SYS_epoll_wait,     SYS_epoll_pwait,  SYS_epoll_pwait2,  SYS_semop,
    SYS_semtimedop,     SYS_io_getevents, SYS_io_pgetevents, SYS_rt_sigtimedwait,
    SYS_io_uring_enter, SYS_msgrcv,       SYS_msgsnd};

constexpr std::array<long, 22> kWaits{SYS_nanosleep, SYS_clock_nanosleep, SYS_poll,    SYS_ppoll,
                                      SYS_select,    SYS_pselect6,        SYS_futex,   SYS_read,
                                      SYS_readv,     SYS_recvfrom,        SYS_recvmsg, SYS_recvmmsg,
                                      SYS_accept,    SYS_accept4,         SYS_wait4,   SYS_waitid,
                                      SYS_pause,     SYS_rt_sigsuspend,   SYS_write,   SYS_sendto,
                                      SYS_sendmsg,   SYS_restart_syscall};

template <size_t kCount>
bool Has(const std::array<long, kCount>& numbers, const Registers& registers) {
  return std::find(numbers.begin(), numbers.end(), static_cast<long>(registers.orig_rax)) !=
         numbers.end();
}

bool IsRestart(int64_t result) {
  return result >= kFirstRestart && result <= kLastRestart;
}

bool IsRefusedRestart(const Registers& registers) {
  return Has(kNeverRestarted, registers) && static_cast<int64_t>(registers.rax) == -EINTR;
}

}  // namespace

uint64_t ReadStatusMask(pid_t pid, pid_t tid, const std::string& key) {
  const auto status =
      proc::ReadFile("/proc/" + std::to_string(pid) + "/task/" + std::to_string(tid) + "/status");
  if (!status) return 0;
  const size_t at = status->find("\n" + key + ":\t");
  return at == std::string::npos
             ? 0
             : std::strtoull(status->c_str() + at + key.size() + 3, nullptr, 16);
}

bool IsInWait(const Registers& registers) {
  return (Has(kWaits, registers) && IsRestart(static_cast<int64_t>(registers.rax))) ||
         IsRefusedRestart(registers);
}

Registers WithRestart(const Registers& registers) {
  Registers again = registers;
  const bool is_in_call = static_cast<int64_t>(registers.orig_rax) >= 0;
  if (is_in_call &&
      (IsRestart(static_cast<int64_t>(registers.rax)) || IsRefusedRestart(registers))) {
    again.rax = registers.orig_rax;
    again.rip -= kSyscallInstructionBytes;
  }
  again.orig_rax = ~uint64_t{0};  // no system call: the kernel must not adjust it again
  return again;
}

void RestartInterruptedWait(pid_t pid, const Tracee& thread) {
  const auto registers = thread.ReadRegisters();
  if (!registers || !IsRefusedRestart(*registers)) return;
  // A signal that is on its way did interrupt the call: its EINTR belongs to the program.
  const uint64_t blocked = ReadStatusMask(pid, thread.tid(), "SigBlk");
  const uint64_t pending =
      ReadStatusMask(pid, thread.tid(), "SigPnd") | ReadStatusMask(pid, thread.tid(), "ShdPnd");
  if ((pending & ~blocked) != 0) return;
  [[maybe_unused]] const auto written = thread.WriteRegisters(WithRestart(*registers));
}

}  // namespace seep::attach
