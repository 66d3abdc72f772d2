// SPDX-License-Identifier: Apache-2.0
// The loader: objects that come and go while others sample, namespaces, callbacks under its lock,
// exceptions, and the proof that sampling makes no system call.
#include <dlfcn.h>
#include <link.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

// Runs `work` in four threads that sample each block, while `other` is done `times` times.
template <typename Work, typename Other>
int Beside(Work work, Other other, int times) {
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!is_over) work();
    });
  }
  int status = 0;
  for (int i = 0; i < times && status == 0; ++i) status = other();
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  return status;
}

void Churn() {
  void* volatile block = std::malloc(kBytes);
  block = std::realloc(block, 2 * kBytes);
  std::free(block);
}

// The plugin allocates from its constructor, its function and its destructor.
int LoadAndUnload() {
  void* plugin = dlopen(std::getenv("TRAP_PLUGIN"), RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) return Failed("%s", dlerror());
  reinterpret_cast<void (*)()>(dlsym(plugin, "trap_plugin_work"))();
  return dlclose(plugin);
}
int DlopenStorm() {
  return Beside(&Churn, &LoadAndUnload, 150);
}

// Under the loader's lock.
int AllocateInCallback() {
  return dl_iterate_phdr(
      [](dl_phdr_info*, size_t, void*) {
        Churn();
        return 0;
      },
      nullptr);
}
int PhdrCallbacks() {
  return Beside([] { AllocateInCallback(); }, &LoadAndUnload, 150);
}

[[gnu::noipa]] void Throw(int depth) {
  std::vector<char> owned(100);
  if (depth == 0) throw 4711;
  Throw(depth - 1);
  owned[0] = 1;
}
int Exceptions() {
  return Beside(
      &Churn,
      [] {
        try {
          Throw(20);
        } catch (int thrown) {
          return thrown == 4711 ? 0 : 1;
        }
        return 1;
      },
      2000);
}

// A second libseep.so in a namespace of its own, as an audit library or dlmopen may bring it.
int OtherNamespace() {
  void* library = dlmopen(LM_ID_NEWLM, std::getenv("TRAP_LIBRARY"), RTLD_NOW);
  if (library == nullptr) return Failed("%s", dlerror());
  const auto allocate = reinterpret_cast<void* (*)(size_t)>(dlsym(library, "malloc"));
  const auto release = reinterpret_cast<void (*)(void*)>(dlsym(library, "free"));
  for (int i = 0; i < kBlocks; ++i) release(allocate(kOtherBytes));
  AllocateAndFreeHalf();
  return 0;
}

// A plugin that binds to libc past us: it frees a block of ours, and gives us one of its own.
int DeepBind() {
  void* plugin = dlopen(std::getenv("TRAP_PLUGIN"), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
  if (plugin == nullptr) return Failed("%s", dlerror());
  const auto release = reinterpret_cast<void (*)(void*)>(dlsym(plugin, "trap_plugin_free"));
  const auto allocate = reinterpret_cast<void* (*)(size_t)>(dlsym(plugin, "trap_plugin_allocate"));
  std::free(allocate(kChildBytes));
  void* volatile block = std::malloc(400);
  release(block);
  void* volatile next = std::malloc(400);  // from the same cache of the thread
  if (next != block) return Failed("the address was not used again");
  std::free(next);
  return 0;
}

// Kills the process at any system call but exit_group. Installed behind the probe's back, which
// therefore believes that it may make some.
bool ForbidSystemCalls() {
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{sizeof(filter) / sizeof(filter[0]), filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
  long result;
  register long flags asm("rdx") = reinterpret_cast<long>(&program);
  asm volatile("syscall"
               : "=a"(result)
               : "a"(SYS_seccomp), "D"(SECCOMP_SET_MODE_FILTER), "S"(0L), "r"(flags)
               : "rcx", "r11", "memory");
  return result == 0;
}
int NoSystemCalls() {
  for (int i = 0; i < 100; ++i) Churn();  // what a first time costs
  if (!ForbidSystemCalls()) return 1;
  for (int i = 0; i < 500'000; ++i) Churn();  // two blocks each
  syscall(SYS_exit_group, 0);
  return 1;
}

int AllocateAndEnd() {
  AllocateAndFreeHalf();
  return 0;
}

const Register registered[] = {{"dlopen-storm", &DlopenStorm}, {"phdr-callbacks", &PhdrCallbacks},
                               {"exceptions", &Exceptions},    {"other-namespace", &OtherNamespace},
                               {"deep-bind", &DeepBind},       {"no-system-calls", &NoSystemCalls},
                               {"allocate", &AllocateAndEnd}};

}  // namespace
}  // namespace traps
