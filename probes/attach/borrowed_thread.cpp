// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/borrowed_thread.h"

#include <algorithm>
#include <utility>

#include "probes/attach/mappings.h"
#include "probes/attach/thread_words.h"
#include "probes/ledger/attach_request.h"

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

static_assert(sizeof(ledger::AttachRequest) <= BorrowedThread::kDataBytes);

model::Result<uint64_t> FindSigreturnOf(const Memory& memory, const LoadedProgram& program) {
  const auto mappings = ReadMappings(memory.pid());
  if (!mappings) return std::unexpected(mappings.error());
  const LoadedObject& libc = program.objects()[*program.libc()];
  for (const Mapping& mapping : *mappings) {
    if (!mapping.is_executable || !libc.Holds(mapping.start)) continue;
    if (const auto found = FindSigreturn(memory, mapping.start, mapping.end)) return *found;
  }
  return Fail(Errc::kUnsupported,
              "process " + std::to_string(memory.pid()) + " has a C library without rt_sigreturn");
}

}  // namespace

BorrowedThread::BorrowedThread(const Memory& memory, double limit_s, SafeThread thread)
    : memory_(memory),
      limit_s_(limit_s),
      tries_(thread.tries),
      held_s_(thread.longest_look_s),
      thread_(std::make_unique<SafeThread>(std::move(thread))) {}

model::Result<BorrowedThread> BorrowedThread::Take(const Memory& memory,
                                                   const LoadedProgram& program, double limit_s) {
  const auto sigreturn = FindSigreturnOf(memory, program);
  if (!sigreturn) return std::unexpected(sigreturn.error());
  const auto errno_offset = FindErrnoOffset(memory, program);
  if (!errno_offset) {
    return Fail(Errc::kUnsupported, "process " + std::to_string(memory.pid()) +
                                        " has a C library whose errno is not found; watch it by "
                                        "/proc alone with --no-inject");
  }
  auto thread = StopSafeThread(memory, program, limit_s);
  if (!thread) return std::unexpected(thread.error());
  BorrowedThread borrowed(memory, limit_s, std::move(*thread));
  Tracee& tracee = borrowed.thread_->thread;
  const auto registers = tracee.ReadRegisters();
  if (!registers) return std::unexpected(registers.error());
  borrowed.errno_address_ = registers->fs_base + static_cast<uint64_t>(*errno_offset);
  if (!memory.Read(borrowed.errno_address_, &borrowed.errno_, sizeof(int))) {
    return model::FailErrno("process " + std::to_string(memory.pid()) + ": errno");
  }
  auto call = RemoteCall::Prepare(tracee, memory, *sigreturn, kDataBytes);
  if (!call) return std::unexpected(call.error());
  borrowed.call_ = std::make_unique<RemoteCall>(std::move(*call));
  return borrowed;
}

BorrowedThread::~BorrowedThread() {
  if (call_ != nullptr) [[maybe_unused]]
    const auto returned = Return();
}

model::Status BorrowedThread::Call(uint64_t function, const char* name,
                                   std::array<uint64_t, 3> arguments) {
  const auto called = call_->Call(function, arguments, limit_s_);
  return called ? model::Status{} : std::unexpected(Explain(called.error(), name));
}

model::Result<int64_t> BorrowedThread::CallForSyscall(uint64_t function, const char* name,
                                                      std::array<uint64_t, 3> arguments) {
  const auto called = call_->CallForSyscall(function, arguments, limit_s_);
  if (!called) return std::unexpected(Explain(called.error(), name));
  return *called;
}

model::Status BorrowedThread::Return() {
  const auto call = std::exchange(call_, nullptr);
  const bool has_errno = memory_.Write(errno_address_, &errno_, sizeof(errno_));
  const auto finished = call->Finish();
  thread_->loan->End();
  thread_->thread.LetGo();
  held_s_ = std::max(held_s_, NowSeconds() - thread_->stopped_s);
  thread_.reset();
  if (!has_errno) return Fail(Errc::kIo, "process " + std::to_string(memory_.pid()) + ": errno");
  return finished;
}

model::Error BorrowedThread::Explain(const model::Error& error, const char* name) const {
  if (error.code != Errc::kBusy) return error;
  return {Errc::kBusy, "process " + std::to_string(memory_.pid()) + ": " + name +
                           " has not returned in thread " + std::to_string(thread_->thread.tid()) +
                           ", perhaps for a lock of the loader; it goes on by itself and the "
                           "thread then returns to the program; try again later"};
}

}  // namespace seep::attach
