// SPDX-License-Identifier: Apache-2.0
// Targets that shut the door behind themselves: seccomp, no core dumps, no new rights.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

// What glibc's malloc, fork, write and exit need; anything else is the end of the process.
constexpr int kAllowed[] = {
    SYS_brk,    SYS_mmap,           SYS_munmap,          SYS_mremap,    SYS_mprotect,
    SYS_futex,  SYS_clone,          SYS_set_robust_list, SYS_wait4,     SYS_write,
    SYS_gettid, SYS_rt_sigprocmask, SYS_clock_nanosleep, SYS_exit_group};
constexpr size_t kRules = sizeof(kAllowed) / sizeof(kAllowed[0]);

struct Filter {
  sock_filter code[kRules + 3];
  sock_fprog program{kRules + 3, code};

  Filter() {
    code[0] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    for (size_t i = 0; i < kRules; ++i) {
      code[i + 1] = BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<__u32>(kAllowed[i]),
                             static_cast<__u8>(kRules - i), 0);
    }
    code[kRules + 1] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    code[kRules + 2] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  }
};

int BehindFilter(int (*install)(const sock_fprog*)) {
  Filter filter;
  AllocateAndFreeHalf();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || install(&filter.program) != 0) return 1;
  const int status = GrowEveryTable();
  return status != 0 ? status : ForkAndAllocate();
}
int ByPrctl() {
  return BehindFilter([](const sock_fprog* program) {
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
  });
}
int BySyscall() {
  return BehindFilter([](const sock_fprog* program) {
    return static_cast<int>(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program));
  });
}
int ByPrctlSyscall() {
  return BehindFilter([](const sock_fprog* program) {
    return static_cast<int>(syscall(SYS_prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program));
  });
}

// As another user and not dumpable: /proc/self belongs to root from then on.
int NotDumpable() {
  if (setgid(65534) != 0 || setuid(65534) != 0) return Failed("needs root");
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return 1;
  AllocateAndFreeHalf();
  return ForkAndAllocate();
}

const Register registered[] = {{"seccomp-prctl", &ByPrctl},
                               {"seccomp-syscall", &BySyscall},
                               {"seccomp-syscall-prctl", &ByPrctlSyscall},
                               {"not-dumpable", &NotDumpable}};

}  // namespace
}  // namespace traps
