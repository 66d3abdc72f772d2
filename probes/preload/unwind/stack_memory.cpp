// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/stack_memory.h"

#include <atomic>
#include <cerrno>

#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"

// The loader's: rsp at the entry of the process. Weak: the probe shall need nothing but libc.
extern "C" [[gnu::weak]] void* __libc_stack_end;

namespace seep::probe::unwind {
namespace {

constexpr uint64_t kPageBytes = 4096;
// The kernel keeps this much free below the main stack, whatever its limit (mmap_base).
constexpr uint64_t kMainStackBytes = uint64_t{128} << 20;
// x86-64 glibc 2.36: the fields are 1680 bytes into a struct pthread of 2304.
constexpr uint64_t kScannedBytes = 4096;
constexpr int32_t kUntried = 0;
constexpr int32_t kNotFound = -1;

// Where struct pthread keeps stackblock, followed by stackblock_size. No header tells.
constinit std::atomic<int32_t> stack_field_offset{kUntried};

uint64_t ThreadPointer() {
  uint64_t self;
  asm("movq %%fs:0, %0" : "=r"(self));
  return self;
}

uint64_t MainStackEnd() {
  return &__libc_stack_end != nullptr ? reinterpret_cast<uint64_t>(__libc_stack_end) : 0;
}

// In the main thread the loader leaves {0, __libc_stack_end} there; in others it is the block that
// holds both the stack and, at its end, struct pthread itself (not when the program gave the
// stack and its size is odd). One candidate, or it is not found.
int32_t FindStackField(uint64_t thread, uint64_t rsp) {
  int32_t found = kNotFound;
  for (uint64_t offset = 8; offset + 16 <= kScannedBytes; offset += 8) {
    const uint64_t at = thread + offset;
    if ((offset == 8 || (at + 8) % kPageBytes == 0) && !IsReadable(at + 8)) break;
    const uint64_t block = LoadWord(at);
    const uint64_t bytes = LoadWord(at + 8);
    const bool is_main = block == 0 && bytes != 0 && bytes == MainStackEnd();
    const bool is_thread = block != 0 && bytes < uint64_t{1} << 40 && block <= rsp &&
                           rsp < block + bytes && block <= thread && thread < block + bytes;
    if (!is_main && !is_thread) continue;
    if (found != kNotFound) return kNotFound;
    found = static_cast<int32_t>(offset);
  }
  return found;
}

}  // namespace

MemoryRange OwnStackAt(uint64_t address) {
  const uint64_t main_end = MainStackEnd();
  if (address < main_end && main_end - address < kMainStackBytes) {
    return {main_end - kMainStackBytes, main_end};
  }
  const uint64_t thread = ThreadPointer();
  int32_t offset = stack_field_offset.load(std::memory_order_relaxed);
  if (offset == kUntried) {
    const int32_t found = FindStackField(thread, address);
    // Another stack tells nothing of the thread: a later one may.
    if (found != kNotFound) stack_field_offset.store(found, std::memory_order_relaxed);
    offset = found;
  }
  if (offset == kNotFound) return {};
  const uint64_t block = LoadWord(thread + static_cast<uint64_t>(offset));
  const uint64_t bytes = LoadWord(thread + static_cast<uint64_t>(offset) + 8);
  const MemoryRange stack{block, block + bytes};
  // The main thread's block is 0: its stack was looked at above.
  return block != 0 && stack.Holds(address, 8) ? stack : MemoryRange{};
}

bool IsMainStackRoot(uint64_t rsp) {
  constexpr uint64_t kAlignment = 16;  // the entry code rounds its rsp down
  return rsp == (MainStackEnd() & ~(kAlignment - 1));
}

bool IsReadable(uint64_t address) {
  if (!MaySystemCall()) return false;  // then the stack ends here
  constexpr long kNoSuchChange = 99;
  constexpr long kSignalSetBytes = 8;
  // rt_sigprocmask copies the set in before it looks at what it is to do with it.
  return RawSyscall(SYS_rt_sigprocmask, kNoSuchChange, static_cast<long>(address), 0,
                    kSignalSetBytes) == -EINVAL;
}

}  // namespace seep::probe::unwind
