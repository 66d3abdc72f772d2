// SPDX-License-Identifier: Apache-2.0
// Target of processes_test: allocates blocks of a size of its own in the parent and another size
// in a child made in the named way; half of the parent's are freed by the child, too.
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

constexpr size_t kParentBytes = 5000;
constexpr size_t kChildBytes = 7000;
constexpr int kBlocks = 100;

std::vector<void*> parent_blocks;

void AllocateInParent() {
  for (int i = 0; i < kBlocks; ++i) parent_blocks.push_back(std::malloc(kParentBytes));
}

// What a child does: blocks of its own, and frees of the parent's.
int Child() {
  for (int i = 0; i < kBlocks; ++i) {
    if (std::malloc(kChildBytes) == nullptr) return 1;
  }
  return 0;
}
int ChildThatFrees() {
  for (int i = 0; i < kBlocks / 2; ++i) std::free(parent_blocks[static_cast<size_t>(i)]);
  return Child();
}

int WaitFor(pid_t child) {
  int status = -1;
  if (child < 0 || waitpid(child, &status, 0) != child) return 9;
  return status;
}

int CloneVm() {
  static char stack[256 * 1024];
  const pid_t child = clone([](void*) { return Child(); }, stack + sizeof(stack),
                            CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr);
  return WaitFor(child);
}

int Threads() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([] { Child(); });
  for (std::thread& thread : threads) thread.join();
  return 0;
}

int Vfork() {
  // The child borrows our memory: it may not return, and allocates all the same.
  const pid_t child = vfork();
  if (child == 0) _exit(Child());
  return WaitFor(child);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto is = [argv](const char* name) { return std::strcmp(argv[1], name) == 0; };
  if (is("after-exec")) return Child();
  AllocateInParent();
  if (is("threads")) return Threads();
  if (is("vfork")) return Vfork();
  if (is("clone-vm")) return CloneVm();
  if (is("exec")) {
    char after[] = "after-exec";
    char* arguments[] = {argv[0], after, nullptr};
    return execv(argv[0], arguments);
  }
  const pid_t child = is("raw-fork") ? static_cast<pid_t>(syscall(SYS_fork)) : fork();
  if (child == 0) _exit(ChildThatFrees());
  return WaitFor(child);
}
