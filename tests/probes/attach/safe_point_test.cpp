// SPDX-License-Identifier: Apache-2.0
// Each rule by a thread that waits, and would be taken, under a lock that dlopen needs.
#include "probes/attach/safe_point.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <map>
#include <string>

#include "probes/attach/loaded_program.h"
#include "probes/attach/mappings.h"
#include "probes/attach/tracee.h"

using namespace seep::attach;

namespace {

class Parked {
 public:
  Parked() {
    std::array<int, 2> output{};
    REQUIRE(pipe2(output.data(), O_CLOEXEC) == 0);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(output[1], 1);
      execl(SEEP_PARKED_PATH, SEEP_PARKED_PATH, nullptr);
      _exit(127);
    }
    close(output[1]);
    FILE* lines = fdopen(output[0], "r");
    std::array<char, 128> line{};
    while (fgets(line.data(), line.size(), lines) != nullptr) {
      const std::string text(line.data());
      if (text == "parked\n") break;
      const size_t blank = text.find(' ');
      expected_[std::stoi(text)] = text.substr(blank + 1, text.size() - blank - 2);
    }
    fclose(lines);
  }
  ~Parked() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  const std::map<pid_t, std::string>& expected() const { return expected_; }

 private:
  pid_t pid_ = 0;
  std::map<pid_t, std::string> expected_;
};

}  // namespace

TEST_CASE("a thread that waits inside a function which holds a lock of dlopen's is not safe") {
  const Parked parked;
  REQUIRE(parked.expected().size() == 8);
  const Memory memory(parked.pid());
  const auto program = LoadedProgram::Read(memory);
  REQUIRE(program);
  const SafePoints points(memory, *program);
  const auto mappings = ReadMappings(parked.pid());
  REQUIRE(mappings);
  for (const auto& [tid, expected] : parked.expected()) {
    auto thread = Tracee::Seize(parked.pid(), tid);
    REQUIRE(thread);
    REQUIRE(thread->Interrupt());
    REQUIRE(thread->AwaitStop(/*limit_s=*/10));
    const auto registers = thread->ReadRegisters();
    REQUIRE(registers);
    CHECK(IsInWait(*registers));
    CHECK(points.WhyNot(*thread, *registers, *mappings) == expected);
  }
}
