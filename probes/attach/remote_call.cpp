// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/remote_call.h"

#include <sys/syscall.h>

#include <csignal>
#include <utility>

namespace seep::attach {
namespace {

// All but what the called code itself would raise: faults must stay visible as such.
constexpr uint64_t SignalBit(int signal) {
  return uint64_t{1} << (signal - 1);
}
constexpr uint64_t kMaskDuringCall = ~(SignalBit(SIGSEGV) | SignalBit(SIGBUS) | SignalBit(SIGILL) |
                                       SignalBit(SIGFPE) | SignalBit(SIGTRAP));

constexpr uint64_t kDirectionFlag = 0x400;
constexpr uint64_t kTrapFlag = 0x100;

constexpr double kStopLimitSeconds = 1;

// A signal that does nothing to this thread's process, were it to be delivered without us: ignored
// by default, and no handler there. 0: none such. The kernel forgets how long a thread still has to
// sleep when it passes rt_sigreturn: not for one that waits with ERESTART_RESTARTBLOCK.
int HarmlessSignal(pid_t pid, pid_t tid, const ThreadState& state) {
  constexpr int64_t kRestartBlock = -516;
  if (static_cast<int64_t>(state.registers.orig_rax) >= 0 &&
      static_cast<int64_t>(state.registers.rax) == kRestartBlock) {
    return 0;
  }
  const uint64_t unfit = ReadStatusMask(pid, tid, "SigCgt") | state.signal_mask;
  for (const int signal : {SIGURG, SIGWINCH}) {
    if ((unfit & SignalBit(signal)) == 0) return signal;
  }
  return 0;
}

}  // namespace

model::Result<RemoteCall> RemoteCall::Prepare(Tracee& thread, const Memory& memory,
                                              uint64_t sigreturn, size_t data_bytes) {
  RemoteCall call(thread, sigreturn);
  auto registers = thread.ReadRegisters();
  auto vectors = thread.ReadVectorState();
  const auto mask = thread.ReadSignalMask();
  if (!registers) return std::unexpected(registers.error());
  if (!vectors) return std::unexpected(vectors.error());
  if (!mask) return std::unexpected(mask.error());
  call.before_ = {*registers, std::move(*vectors), *mask};
  auto frame = PushCallFrame(memory, call.before_, sigreturn, data_bytes);
  if (!frame) return std::unexpected(frame.error());
  call.frame_ = *frame;
  call.signal_ = HarmlessSignal(memory.pid(), thread.tid(), call.before_);
  return call;
}

RemoteCall::RemoteCall(RemoteCall&& other) noexcept
    : thread_(std::exchange(other.thread_, nullptr)),
      sigreturn_(other.sigreturn_),
      before_(std::move(other.before_)),
      frame_(other.frame_),
      signal_(other.signal_),
      kept_(std::move(other.kept_)),
      is_at_return_(other.is_at_return_),
      is_home_(other.is_home_),
      is_left_behind_(other.is_left_behind_) {}

RemoteCall::~RemoteCall() {
  if (thread_ != nullptr) [[maybe_unused]]
    const auto finished = Finish();
}

bool RemoteCall::IsAtReturn(const Tracee::SyscallStop& stop) const {
  return stop.is_entry && stop.registers.orig_rax == SYS_rt_sigreturn &&
         stop.registers.rip == sigreturn_ + kSigreturnBytes;
}

model::Status RemoteCall::Enter(uint64_t function, const std::array<uint64_t, 3>& arguments) {
  Registers registers = before_.registers;
  registers.rip = function;
  registers.rsp = frame_.stack_pointer;
  registers.rdi = arguments[0];
  registers.rsi = arguments[1];
  registers.rdx = arguments[2];
  registers.rax = 0;
  registers.eflags &= ~(kDirectionFlag | kTrapFlag);
  registers.orig_rax = ~uint64_t{0};  // not in a system call; at rt_sigreturn: skip it
  const bool is_first = !is_at_return_;
  is_left_behind_ = true;  // unless it is seen to return
  is_at_return_ = is_home_ = false;
  // Registers first: from then on the thread comes back by itself, and its mask with it.
  if (auto written = thread_->WriteRegisters(registers); !written) return written;
  return is_first ? thread_->WriteSignalMask(kMaskDuringCall) : model::Status{};
}

model::Result<int64_t> RemoteCall::RunToReturn(double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  int64_t result = 0;
  while (true) {
    const auto stop = thread_->RunToSyscall(deadline_s - NowSeconds());
    if (!stop) return std::unexpected(stop.error());
    if (IsAtReturn(*stop)) break;
    if (!stop->is_entry) result = static_cast<int64_t>(stop->registers.rax);
  }
  is_left_behind_ = false;
  is_at_return_ = true;
  return result;
}

model::Status RemoteCall::RunHome(double limit_s) {
  const double deadline_s = NowSeconds() + limit_s;
  if (auto sent = thread_->Send(signal_); !sent) return sent;
  const uint64_t home = WithRestart(before_.registers).rip;
  int passed_on = 0;
  while (true) {
    const auto signal = thread_->RunToSignal(passed_on, deadline_s - NowSeconds());
    if (!signal) return std::unexpected(signal.error());
    const auto registers = thread_->ReadRegisters();
    if (!registers) return std::unexpected(registers.error());
    const bool is_home = registers->rip == home && registers->rsp == before_.registers.rsp;
    if (is_home && *signal == signal_) break;
    // The program's, let in by its own mask before ours: later. Not home: a fault of the function.
    if (is_home) kept_.push_back(*signal);
    passed_on = is_home ? 0 : *signal;
  }
  is_left_behind_ = false;
  is_home_ = true;
  return {};
}

model::Status RemoteCall::Call(uint64_t function, std::array<uint64_t, 3> arguments,
                               double limit_s) {
  if (auto entered = Enter(function, arguments); !entered) return entered;
  if (signal_ != 0) return RunHome(limit_s);
  const auto returned = RunToReturn(limit_s);
  return returned ? model::Status{} : std::unexpected(returned.error());
}

model::Result<int64_t> RemoteCall::CallForSyscall(uint64_t function,
                                                  std::array<uint64_t, 3> arguments,
                                                  double limit_s) {
  if (auto entered = Enter(function, arguments); !entered) return std::unexpected(entered.error());
  return RunToReturn(limit_s);
}

model::Status RemoteCall::Finish() {
  Tracee& thread = *std::exchange(thread_, nullptr);
  for (const int signal : std::exchange(kept_, {})) {
    if (auto sent = thread.Send(signal); !sent) return sent;
  }
  if (is_left_behind_ || is_home_ || !is_at_return_) return {};
  // Each step leaves a thread that rt_sigreturn, or the kernel, brings home when we die here.
  if (auto masked = thread.WriteSignalMask(before_.signal_mask); !masked) return masked;
  if (auto vectors = thread.WriteVectorState(before_.vectors); !vectors) return vectors;
  if (auto home = thread.WriteRegisters(WithRestart(before_.registers)); !home) return home;
  // Now at home, a call that was interrupted begun anew. One that waits for a time would wait for
  // all of it again: so back into the stop in which the kernel itself continues it.
  if (auto asked = thread.Interrupt(); !asked) return asked;
  if (auto resumed = thread.Resume(); !resumed) return resumed;
  if (auto stopped = thread.AwaitStop(kStopLimitSeconds); !stopped) return stopped;
  return thread.WriteRegisters(before_.registers);
}

}  // namespace seep::attach
