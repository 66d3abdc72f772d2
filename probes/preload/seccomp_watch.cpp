// SPDX-License-Identifier: Apache-2.0
// The hooks are a comparison or two and a jump: they leave the stack and every argument as they
// were, because both functions are variadic and syscall(SYS_vfork) returns twice.
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/find_real.h"

#include <linux/prctl.h>
#include <sys/syscall.h>

#include <atomic>
#include <cerrno>

static_assert(PR_SET_SECCOMP == 22 && SYS_prctl == 157 && SYS_seccomp == 317);  // in the assembly

extern "C" {

[[gnu::visibility("hidden")]] constinit std::atomic<void*> seep_real_prctl{nullptr};
[[gnu::visibility("hidden")]] constinit std::atomic<void*> seep_real_syscall{nullptr};

[[gnu::visibility("hidden"), gnu::used]] void SeepFindRealSyscalls() {
  const int saved_errno = errno;
  seep_real_prctl = seep::probe::FindReal("prctl");
  seep_real_syscall = seep::probe::FindReal("syscall");
  errno = saved_errno;
}
}

asm(R"(
  .pushsection .text
  .macro SEEP_FORWARD real
3:  mov \real(%rip), %r11
    test %r11, %r11
    jz 4f
    jmp *%r11
4:  push %rdi
    push %rsi
    push %rdx
    push %rcx
    push %r8
    push %r9
    push %rax
    call SeepFindRealSyscalls
    pop %rax
    pop %r9
    pop %r8
    pop %rcx
    pop %rdx
    pop %rsi
    pop %rdi
    jmp 3b
  .endm

  .globl prctl
  .type prctl, @function
prctl:
    cmp $22, %edi
    jne 3f
    movl $1, seep_has_filter(%rip)
    SEEP_FORWARD seep_real_prctl
  .size prctl, . - prctl

  .globl syscall
  .type syscall, @function
syscall:
    cmp $317, %rdi
    je 2f
    cmp $157, %rdi
    jne 3f
    cmp $22, %esi
    jne 3f
2:  movl $1, seep_has_filter(%rip)
    SEEP_FORWARD seep_real_syscall
  .size syscall, . - syscall
  .popsection
)");
