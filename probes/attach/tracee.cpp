// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/tracee.h"

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <utility>

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

constexpr int kNoSignal = 0;
constexpr double kDetachLimitSeconds = 5;
constexpr int kSyscallStop = SIGTRAP | 0x80;  // with PTRACE_O_TRACESYSGOOD

// Not in glibc 2.36's headers: linux/ptrace.h, which cannot be included beside sys/ptrace.h.
constexpr auto kGetRseqConfiguration = static_cast<__ptrace_request>(0x420f);
struct RseqConfiguration {
  uint64_t area;
  uint32_t area_bytes;
  uint32_t signature;
  uint32_t flags;
  uint32_t padding;
};

bool IsTrap(int status) {
  return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP;
}

}  // namespace

double NowSeconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string Tracee::Name() const {
  return "process " + std::to_string(pid_) + ", thread " + std::to_string(tid_);
}

model::Status Tracee::Ended() const {
  return Fail(Errc::kNotFound, Name() + " has ended");
}

model::Result<Tracee> Tracee::Seize(pid_t pid, pid_t tid) {
  Tracee thread(pid, tid);
  if (ptrace(PTRACE_SEIZE, tid, nullptr, PTRACE_O_TRACESYSGOOD) == 0) return thread;
  thread.is_attached_ = false;
  if (errno == ESRCH) return std::unexpected(thread.Ended().error());
  return model::FailErrno(thread.Name() + ": ptrace");
}

Tracee::Tracee(Tracee&& other) noexcept
    : pid_(other.pid_),
      tid_(other.tid_),
      is_attached_(std::exchange(other.is_attached_, false)),
      is_stopped_(other.is_stopped_) {}

Tracee& Tracee::operator=(Tracee&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(tid_, other.tid_);
  std::swap(is_attached_, other.is_attached_);
  std::swap(is_stopped_, other.is_stopped_);
  return *this;
}

Tracee::~Tracee() {
  LetGo();
}

void Tracee::LetGo() {
  if (!is_attached_) return;
  // Only a stopped thread can be let go.
  if (!is_stopped_ && (!Interrupt() || !AwaitStop(kDetachLimitSeconds))) return;
  RestartInterruptedWait(pid_, *this);
  ptrace(PTRACE_DETACH, tid_, nullptr, kNoSignal);
  is_attached_ = false;
}

model::Status Tracee::Interrupt() {
  if (ptrace(PTRACE_INTERRUPT, tid_, nullptr, nullptr) == 0) return {};
  return errno == ESRCH ? Ended() : model::FailErrno(Name() + ": PTRACE_INTERRUPT");
}

model::Result<int> Tracee::Wait(double limit_s) {
  // The thread needs a processor to reach its stop: leave it ours. One that waits long for a
  // processor is not worth being asked for all the time.
  constexpr int kLooks = 4;
  constexpr double kSoonSeconds = 0.005;
  constexpr useconds_t kSoonMicroseconds = 20;
  constexpr useconds_t kLateMicroseconds = 200;
  const double start_s = NowSeconds();
  for (int tries = 0;; ++tries) {
    int status = 0;
    const pid_t waited = waitpid(tid_, &status, __WALL | WNOHANG);
    if (waited == tid_) {
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        is_attached_ = false;
        return std::unexpected(Ended().error());
      }
      return status;
    }
    if (waited < 0 && errno != EINTR) {
      is_attached_ = false;
      return std::unexpected(Ended().error());
    }
    const double waited_s = NowSeconds() - start_s;
    if (waited_s > limit_s) return Fail(Errc::kBusy, Name() + " does not stop");
    if (tries >= kLooks) usleep(waited_s < kSoonSeconds ? kSoonMicroseconds : kLateMicroseconds);
  }
}

model::Status Tracee::AwaitStop(double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  while (true) {
    const auto status = Wait(deadline_s - NowSeconds());
    if (!status) return std::unexpected(status.error());
    is_stopped_ = true;
    if (IsTrap(*status)) return {};
    // A signal that was first: it is the target's. Other stops (exec) are passed over.
    const int signal = WSTOPSIG(*status);
    const bool is_signal = *status >> 16 == 0 && signal != kSyscallStop;
    is_stopped_ = false;
    if (ptrace(PTRACE_CONT, tid_, nullptr, is_signal ? signal : kNoSignal) != 0) return Ended();
  }
}

model::Status Tracee::Resume() {
  is_stopped_ = false;
  if (ptrace(PTRACE_CONT, tid_, nullptr, kNoSignal) == 0) return {};
  return errno == ESRCH ? Ended() : model::FailErrno(Name() + ": PTRACE_CONT");
}

model::Result<Tracee::SyscallStop> Tracee::RunToSyscall(double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  int signal = kNoSignal;
  while (true) {
    is_stopped_ = false;
    if (ptrace(PTRACE_SYSCALL, tid_, nullptr, signal) != 0) return std::unexpected(Ended().error());
    const auto status = Wait(deadline_s - NowSeconds());
    if (!status) return std::unexpected(status.error());
    is_stopped_ = true;
    if (WSTOPSIG(*status) == kSyscallStop) break;
    // Blocked signals do not come; a fault of the called function is the target's to handle.
    signal = *status >> 16 == 0 ? WSTOPSIG(*status) : kNoSignal;
  }
  __ptrace_syscall_info info{};
  if (ptrace(PTRACE_GET_SYSCALL_INFO, tid_, sizeof(info), &info) <= 0) {
    return model::FailErrno(Name() + ": PTRACE_GET_SYSCALL_INFO");
  }
  const auto registers = ReadRegisters();
  if (!registers) return std::unexpected(registers.error());
  return SyscallStop{info.op == PTRACE_SYSCALL_INFO_ENTRY, *registers};
}

model::Result<int> Tracee::RunToSignal(int signal, double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  while (true) {
    is_stopped_ = false;
    if (ptrace(PTRACE_CONT, tid_, nullptr, signal) != 0) return std::unexpected(Ended().error());
    const auto status = Wait(deadline_s - NowSeconds());
    if (!status) return std::unexpected(status.error());
    is_stopped_ = true;
    const bool is_signal = *status >> 16 == 0 && WSTOPSIG(*status) != kSyscallStop;
    if (is_signal) return WSTOPSIG(*status);
    signal = kNoSignal;
  }
}

model::Status Tracee::Send(int signal) const {
  if (syscall(SYS_tgkill, pid_, tid_, signal) == 0) return {};
  return model::FailErrno(Name() + ": sending a signal");
}

model::Result<Registers> Tracee::ReadRegisters() const {
  Registers registers{};
  iovec buffer{&registers, sizeof(registers)};
  if (ptrace(PTRACE_GETREGSET, tid_, NT_PRSTATUS, &buffer) != 0) {
    return model::FailErrno(Name() + ": reading registers");
  }
  if (buffer.iov_len != sizeof(registers)) {
    return Fail(Errc::kUnsupported, Name() + " runs 32-bit code");
  }
  return registers;
}

model::Status Tracee::WriteRegisters(const Registers& registers) const {
  iovec buffer{const_cast<Registers*>(&registers), sizeof(registers)};
  if (ptrace(PTRACE_SETREGSET, tid_, NT_PRSTATUS, &buffer) == 0) return {};
  return model::FailErrno(Name() + ": writing registers");
}

model::Result<std::vector<char>> Tracee::ReadVectorState() const {
  constexpr size_t kMaxStateBytes = 64 * 1024;  // AMX: 11 KiB
  std::vector<char> state(kMaxStateBytes);
  iovec buffer{state.data(), state.size()};
  if (ptrace(PTRACE_GETREGSET, tid_, NT_X86_XSTATE, &buffer) != 0) {
    return model::FailErrno(Name() + ": reading vector registers");
  }
  state.resize(buffer.iov_len);
  return state;
}

model::Status Tracee::WriteVectorState(const std::vector<char>& state) const {
  iovec buffer{const_cast<char*>(state.data()), state.size()};
  if (ptrace(PTRACE_SETREGSET, tid_, NT_X86_XSTATE, &buffer) == 0) return {};
  return model::FailErrno(Name() + ": writing vector registers");
}

model::Result<uint64_t> Tracee::ReadSignalMask() const {
  uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, tid_, sizeof(mask), &mask) == 0) return mask;
  return model::FailErrno(Name() + ": reading the signal mask");
}

model::Status Tracee::WriteSignalMask(uint64_t mask) const {
  if (ptrace(PTRACE_SETSIGMASK, tid_, sizeof(mask), &mask) == 0) return {};
  return model::FailErrno(Name() + ": writing the signal mask");
}

bool Tracee::IsInRestartableSequence(const Registers& registers) const {
  RseqConfiguration configuration{};
  // An older kernel does not tell: then a thread that is not in a system call may be in one.
  if (ptrace(kGetRseqConfiguration, tid_, sizeof(configuration), &configuration) < 0) {
    return !IsInWait(registers);
  }
  if (configuration.area == 0) return false;
  // struct rseq: cpu ids, then the address of the descriptor of the sequence, 0 outside.
  constexpr uint64_t kSequenceOffset = 8;
  errno = 0;
  const long sequence =
      ptrace(PTRACE_PEEKDATA, tid_, configuration.area + kSequenceOffset, nullptr);
  return errno != 0 || sequence != 0;
}

}  // namespace seep::attach
