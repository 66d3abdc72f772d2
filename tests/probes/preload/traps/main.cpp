// SPDX-License-Identifier: Apache-2.0
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdarg>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

constexpr size_t kMostTraps = 64;
Trap all[kMostTraps];
size_t count = 0;

// Different call paths to one allocation: 2^kDepth stacks.
constexpr int kDepth = 11;
constexpr int kPaths = 1 << kDepth;

[[gnu::noipa]] void* Left(int path, int depth);
[[gnu::noipa]] void* Right(int path, int depth);
void* Descend(int path, int depth) {
  if (depth == kDepth) return std::malloc(16 + static_cast<size_t>(path % 16));
  return (path >> depth & 1) != 0 ? Left(path, depth + 1) : Right(path, depth + 1);
}
void* Left(int path, int depth) {
  void* volatile block = Descend(path, depth);
  return block;
}
void* Right(int path, int depth) {
  void* volatile block = Descend(path, depth);
  return block;
}

}  // namespace

Register::Register(const char* name, int (*spring)()) {
  if (count == kMostTraps) std::abort();
  all[count++] = {name, spring};
}

int Failed(const char* format, ...) {
  va_list values;
  va_start(values, format);
  std::vfprintf(stderr, format, values);
  va_end(values);
  std::fputc('\n', stderr);
  return 1;
}

void AllocateAndFreeHalf(size_t bytes) {
  for (int i = 0; i < kBlocks; ++i) {
    void* volatile block = std::malloc(bytes);
    if (i % 2 == 0) std::free(block);
  }
}

int GrowEveryTable() {
  constexpr int kMany = 200'000;
  static void* blocks[kMany];
  for (int i = 0; i < kMany; ++i) {
    blocks[i] = Descend(i % kPaths, 0);
    if (blocks[i] == nullptr) return Failed("no block %d", i);
    std::memset(blocks[i], 1, 16);
  }
  for (void* block : blocks) std::free(block);
  return 0;
}

int WaitFor(int pid) {
  if (pid < 0) return Failed("fork: %s", std::strerror(errno));
  int status = 0;
  for (int waited_ms = 0; waitpid(pid, &status, WNOHANG) == 0; ++waited_ms) {
    if (waited_ms == 20'000) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      return Failed("child %d hangs", pid);
    }
    usleep(1000);
  }
  return status;
}

int ForkAndAllocate() {
  const pid_t child = fork();
  if (child == 0) {
    AllocateAndFreeHalf(kChildBytes);
    _exit(0);
  }
  return WaitFor(child);
}

}  // namespace traps

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  for (size_t i = 0; i < traps::count; ++i) {
    if (std::strcmp(traps::all[i].name, argv[1]) == 0) return traps::all[i].spring();
  }
  return 2;
}
