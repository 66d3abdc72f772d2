// SPDX-License-Identifier: Apache-2.0
// Calls on threads of a real program that wait in every kind of system call: they do not notice.
#include "probes/attach/remote_call.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstring>
#include <string>

#include "probes/attach/loaded_program.h"
#include "probes/attach/mappings.h"
#include "probes/attach/safe_point.h"
#include "probes/attach/stack_walk.h"
#include "probes/attach/thread_words.h"
#include "probes/attach/threads.h"

using namespace seep::attach;

namespace {

// A program of the zoo with its output in a pipe; ended and judged by End.
class Waits {
 public:
  explicit Waits(const char* program = SEEP_WAITS_PATH, const char* size = nullptr) {
    REQUIRE(pipe2(output_.data(), O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output_[1], 1);
      execl(program, program, "--seconds", "0", size != nullptr ? "--size" : nullptr, size,
            nullptr);
      _exit(127);
    }
    close(output_[1]);
    while (text_.find("ready") == std::string::npos) REQUIRE(ReadSome());
  }
  ~Waits() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(output_[0]);
  }
  pid_t pid() const { return pid_; }
  // What it said, after SIGTERM; its exit status in `status`.
  std::string End(int* status) {
    kill(pid_, SIGTERM);
    while (ReadSome()) {
    }
    waitpid(pid_, status, 0);
    pid_ = 0;
    return text_;
  }

 private:
  bool ReadSome() {
    std::array<char, 4096> piece;
    const ssize_t bytes = read(output_[0], piece.data(), piece.size());
    if (bytes > 0) text_.append(piece.data(), static_cast<size_t>(bytes));
    return bytes > 0;
  }
  std::array<int, 2> output_{};
  pid_t pid_ = 0;
  std::string text_;
};

uint64_t FindSigreturnIn(const Memory& memory, const LoadedProgram& program) {
  const auto mappings = ReadMappings(memory.pid());
  REQUIRE(mappings);
  for (const Mapping& mapping : *mappings) {
    if (!mapping.is_executable || !program.objects()[*program.libc()].Holds(mapping.start))
      continue;
    if (const auto found = FindSigreturn(memory, mapping.start, mapping.end)) return *found;
  }
  FAIL("no rt_sigreturn");
  return 0;
}

constexpr double kLimitSeconds = 10;

Tracee Stopped(pid_t pid, pid_t tid) {
  auto thread = Tracee::Seize(pid, tid);
  REQUIRE(thread);
  REQUIRE(thread->Interrupt());
  REQUIRE(thread->AwaitStop(kLimitSeconds));
  return std::move(*thread);
}

void CheckUndisturbed(Waits& waits) {
  int status = -1;
  const std::string said = waits.End(&status);
  INFO(said);
  CHECK(status == 0);
  CHECK(said.find(" disturbed=0 ") != std::string::npos);
}

}  // namespace

TEST_CASE("a function is called on each waiting thread, which waits on and sees no EINTR") {
  Waits waits;
  const Memory memory(waits.pid());
  const auto program = LoadedProgram::Read(memory);
  REQUIRE(program);
  const uint64_t sigreturn = FindSigreturnIn(memory, *program);
  const auto getpid_at = program->symbols(*program->libc()).FindFunction("getpid");
  REQUIRE(getpid_at);
  const auto threads = ListThreads(waits.pid());
  REQUIRE(threads.size() == 21);
  for (const pid_t tid : threads) {
    Tracee thread = Stopped(waits.pid(), tid);
    const auto before = thread.ReadRegisters();
    const auto mask = thread.ReadSignalMask();
    const auto vectors = thread.ReadVectorState();
    REQUIRE(before);
    CHECK(IsInWait(*before));
    auto call = RemoteCall::Prepare(thread, memory, sigreturn, 64);
    REQUIRE(call);
    CHECK(call->CallForSyscall(*getpid_at, {}, kLimitSeconds).value_or(0) == waits.pid());
    const auto errno_offset = FindErrnoOffset(memory, *program);
    REQUIRE(errno_offset);
    CHECK(*errno_offset < 0);  // libc's block lies beneath the control block
    CHECK(memory.Read<int>(before->fs_base + static_cast<uint64_t>(*errno_offset)));
    // From one kind of return to the other, and back.
    REQUIRE(call->Call(*getpid_at, {}, kLimitSeconds));
    REQUIRE(call->Call(*getpid_at, {}, kLimitSeconds));
    const bool ends_home = tid % 2 == 0;
    if (!ends_home) CHECK(call->CallForSyscall(*getpid_at, {}, kLimitSeconds));
    REQUIRE(call->Finish());
    const auto after = thread.ReadRegisters();
    REQUIRE(after);
    // Past rt_sigreturn the interrupted call is about to begin again; else the kernel goes on with
    // it.
    const Registers again = WithRestart(*before);
    const bool is_as_before = memcmp(&*before, &*after, sizeof(*before)) == 0;
    const bool is_again = memcmp(&again, &*after, sizeof(again)) == 0;
    CHECK((is_as_before || (ends_home && is_again)));
    CHECK(thread.ReadSignalMask().value() == mask.value());
    CHECK(thread.ReadVectorState().value() == vectors.value());
  }
  usleep(100'000);
  CheckUndisturbed(waits);
}

TEST_CASE("each thread is stopped and goes on, again and again, and none sees EINTR") {
  Waits waits;
  for (int i = 0; i < 20; ++i) {
    for (const pid_t tid : ListThreads(waits.pid())) CHECK(Stopped(waits.pid(), tid).is_stopped());
  }
  usleep(100'000);  // for whoever was disturbed to say so
  CheckUndisturbed(waits);
}

TEST_CASE("a thread whose tracer dies in the middle of a call comes home by itself") {
  Waits waits;
  const Memory memory(waits.pid());
  const auto program = LoadedProgram::Read(memory);
  REQUIRE(program);
  const uint64_t sigreturn = FindSigreturnIn(memory, *program);
  const auto sleep_at = program->symbols(*program->libc()).FindFunction("usleep");
  REQUIRE(sleep_at);
  const auto threads = ListThreads(waits.pid());
  for (const pid_t tid : threads) {
    // Tracing belongs to a thread: a child does it, and dies without a word during the call.
    const pid_t tracer = fork();
    if (tracer == 0) {
      auto thread = Tracee::Seize(waits.pid(), tid);
      if (!thread || !thread->Interrupt() || !thread->AwaitStop(kLimitSeconds)) _exit(1);
      auto call = RemoteCall::Prepare(*thread, memory, sigreturn, 64);
      if (!call) _exit(2);
      constexpr double kTooShort = 0.005;
      const auto slept = call->Call(*sleep_at, {100'000, 0, 0}, kTooShort);
      _exit(!slept && slept.error().code == seep::model::Errc::kBusy ? 0 : 3);
    }
    int status = -1;
    waitpid(tracer, &status, 0);
    CHECK(status == 0);
  }
  usleep(300'000);
  // Their signal masks have come back, too, all but those that were never empty.
  for (const pid_t tid : threads) CHECK(ReadStatusMask(waits.pid(), tid, "SigBlk") < 0x1000);
  CheckUndisturbed(waits);
}

TEST_CASE("a waiting thread is walked to its beginning and is at a safe point") {
  Waits waits;
  const Memory memory(waits.pid());
  const auto program = LoadedProgram::Read(memory);
  REQUIRE(program);
  const SafePoints points(memory, *program);
  const auto mappings = ReadMappings(waits.pid());
  REQUIRE(mappings);
  for (const pid_t tid : ListThreads(waits.pid())) {
    const Tracee thread = Stopped(waits.pid(), tid);
    const auto registers = thread.ReadRegisters();
    REQUIRE(registers);
    const Walk walk = WalkStack(memory, *program, *registers);
    CHECK(walk.is_complete);
    CHECK(walk.frames.size() >= 3);
    CHECK(points.WhyNot(thread, *registers, *mappings) == "");
  }
  CheckUndisturbed(waits);
}

TEST_CASE("a thread in the allocator is not at a safe point, outside of it the same thread is") {
  // 5000 bytes: not from the per-thread cache, so most of the time is spent in malloc's depths.
  Waits busy(SEEP_TIGHT_LOOP_PATH, "5000");
  const Memory memory(busy.pid());
  const auto program = LoadedProgram::Read(memory);
  REQUIRE(program);
  const SafePoints points(memory, *program);
  const auto mappings = ReadMappings(busy.pid());
  REQUIRE(mappings);
  int in_allocator = 0;
  for (int i = 0; i < 200; ++i) {
    usleep(300);  // or it is stopped before it has moved at all
    const Tracee thread = Stopped(busy.pid(), busy.pid());
    const auto registers = thread.ReadRegisters();
    REQUIRE(registers);
    in_allocator += points.WhyNot(thread, *registers, *mappings) == "in the allocator";
    const size_t at = FindMapping(*mappings, registers->rip);
    const bool is_in_libc =
        at < mappings->size() && program->objects()[*program->libc()].Holds((*mappings)[at].start);
    if (is_in_libc) CHECK(points.WhyNot(thread, *registers, *mappings) != "");
  }
  CHECK(in_allocator > 100);
  CHECK(StopSafeThread(memory, *program, kLimitSeconds));
}
