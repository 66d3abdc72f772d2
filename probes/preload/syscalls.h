// SPDX-License-Identifier: Apache-2.0
// Raw system calls for the probe's cold paths: no errno, no libc wrapper that another preload may
// have replaced. Results are those of the kernel: -errno on failure.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <cstddef>
#include <cstdint>

namespace seep::probe {

inline long RawSyscall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                       long f = 0) {
#if !defined(__x86_64__)
#error "the probe knows the system call convention of x86-64 only"
#endif
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

inline int SysOpen(const char* path, int flags, unsigned mode = 0) {
  return static_cast<int>(
      RawSyscall(SYS_openat, AT_FDCWD, reinterpret_cast<long>(path), flags, mode));
}
inline void SysClose(int fd) {
  RawSyscall(SYS_close, fd);
}
inline long SysRead(int fd, void* buffer, size_t bytes) {
  return RawSyscall(SYS_read, fd, reinterpret_cast<long>(buffer), static_cast<long>(bytes));
}
inline long SysReadlink(const char* path, char* buffer, size_t bytes) {
  return RawSyscall(SYS_readlink, reinterpret_cast<long>(path), reinterpret_cast<long>(buffer),
                    static_cast<long>(bytes));
}
inline int SysSymlink(const char* text, const char* path) {
  return static_cast<int>(
      RawSyscall(SYS_symlink, reinterpret_cast<long>(text), reinterpret_cast<long>(path)));
}
inline int SysMkdir(const char* path, unsigned mode) {
  return static_cast<int>(RawSyscall(SYS_mkdir, reinterpret_cast<long>(path), mode));
}
inline void SysUnlink(const char* path) {
  RawSyscall(SYS_unlink, reinterpret_cast<long>(path));
}
inline int SysFstat(int fd, struct stat* status) {
  return static_cast<int>(RawSyscall(SYS_fstat, fd, reinterpret_cast<long>(status)));
}
inline int SysFstatfs(int fd, struct statfs* status) {
  return static_cast<int>(RawSyscall(SYS_fstatfs, fd, reinterpret_cast<long>(status)));
}
inline int SysFallocate(int fd, uint64_t offset, uint64_t bytes) {
  return static_cast<int>(
      RawSyscall(SYS_fallocate, fd, 0, static_cast<long>(offset), static_cast<long>(bytes)));
}
inline int SysFtruncate(int fd, uint64_t bytes) {
  return static_cast<int>(RawSyscall(SYS_ftruncate, fd, static_cast<long>(bytes)));
}
// UINT64_MAX: unlimited, as also where the kernel does not tell.
inline uint64_t SysGetSoftLimit(int resource) {
  struct rlimit limit {};
  const long failure = RawSyscall(SYS_prlimit64, 0, resource, 0, reinterpret_cast<long>(&limit));
  return failure != 0 || limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX : limit.rlim_cur;
}
// linux_dirent64, getdents(2).
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  uint16_t record_bytes;
  uint8_t type;
  char name[];
};
inline long SysGetdents(int fd, void* buffer, size_t bytes) {
  return RawSyscall(SYS_getdents64, fd, reinterpret_cast<long>(buffer), static_cast<long>(bytes));
}
// nullptr on failure.
inline void* SysMapShared(int fd, uint64_t bytes) {
  const long result =
      RawSyscall(SYS_mmap, 0, static_cast<long>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return result < 0 && result > -4096 ? nullptr : reinterpret_cast<void*>(result);
}
// Zeros, reserved only. nullptr on failure.
inline void* SysMapPrivate(uint64_t bytes) {
  const long result = RawSyscall(SYS_mmap, 0, static_cast<long>(bytes), PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return result < 0 && result > -4096 ? nullptr : reinterpret_cast<void*>(result);
}
inline void SysUnmap(void* start, uint64_t bytes) {
  RawSyscall(SYS_munmap, reinterpret_cast<long>(start), static_cast<long>(bytes));
}
// Moves a mapping onto another one of the same size.
inline bool SysMoveMapping(void* from, uint64_t bytes, void* to) {
  const auto size = static_cast<long>(bytes);
  return RawSyscall(SYS_mremap, reinterpret_cast<long>(from), size, size,
                    MREMAP_MAYMOVE | MREMAP_FIXED,
                    reinterpret_cast<long>(to)) == reinterpret_cast<long>(to);
}
inline int SysMadvise(void* start, uint64_t bytes, int advice) {
  return static_cast<int>(
      RawSyscall(SYS_madvise, reinterpret_cast<long>(start), static_cast<long>(bytes), advice));
}
inline int SysMprotect(uint64_t start, uint64_t bytes, int protection) {
  return static_cast<int>(
      RawSyscall(SYS_mprotect, static_cast<long>(start), static_cast<long>(bytes), protection));
}
inline uint32_t SysGetpid() {
  return static_cast<uint32_t>(RawSyscall(SYS_getpid));
}
inline uint32_t SysGetppid() {
  return static_cast<uint32_t>(RawSyscall(SYS_getppid));
}
inline uint32_t SysGetuid() {
  return static_cast<uint32_t>(RawSyscall(SYS_getuid));
}
inline void SysYield() {
  RawSyscall(SYS_sched_yield);
}

// A signal may end it early.
inline void SysSleepNanoseconds(long nanoseconds) {
  const timespec duration{0, nanoseconds};
  RawSyscall(SYS_nanosleep, reinterpret_cast<long>(&duration), 0);
}

}  // namespace seep::probe
