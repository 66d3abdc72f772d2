// SPDX-License-Identifier: Apache-2.0
// Another preload beside the probe: it hooks what the probe might use to open its ledger, and
// allocates there. A call that comes out of libseep.so is an error: it would recurse.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdlib>
#include <cstring>

namespace {

void FailIfCalledByProbe(const void* caller) {
  Dl_info object{};
  if (dladdr(caller, &object) == 0 || object.dli_fname == nullptr) return;
  const char* slash = std::strrchr(object.dli_fname, '/');
  if (std::strcmp(slash != nullptr ? slash + 1 : object.dli_fname, "libseep.so") == 0) _exit(77);
}

template <typename Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void AllocateHere() {
  std::free(std::malloc(100));
}

}  // namespace

#define TRAP_ENTER()                                \
  FailIfCalledByProbe(__builtin_return_address(0)); \
  AllocateHere()

extern "C" {

int open(const char* path, int flags, ...) {
  TRAP_ENTER();
  va_list values;
  va_start(values, flags);
  const int mode = va_arg(values, int);
  va_end(values);
  return Next<int (*)(const char*, int, int)>("open")(path, flags, mode);
}
ssize_t read(int fd, void* buffer, size_t bytes) {
  TRAP_ENTER();
  return Next<ssize_t (*)(int, void*, size_t)>("read")(fd, buffer, bytes);
}
ssize_t write(int fd, const void* buffer, size_t bytes) {
  TRAP_ENTER();
  return Next<ssize_t (*)(int, const void*, size_t)>("write")(fd, buffer, bytes);
}
int close(int fd) {
  TRAP_ENTER();
  return Next<int (*)(int)>("close")(fd);
}
void* mmap(void* at, size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  TRAP_ENTER();
  return Next<void* (*)(void*, size_t, int, int, int, off_t)>("mmap")(at, bytes, protection, flags,
                                                                      fd, offset);
}
int ftruncate(int fd, off_t bytes) noexcept {
  TRAP_ENTER();
  return Next<int (*)(int, off_t)>("ftruncate")(fd, bytes);
}
pid_t getpid() noexcept {
  TRAP_ENTER();
  return Next<pid_t (*)()>("getpid")();
}
int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  FailIfCalledByProbe(__builtin_return_address(0));
  return Next<int (*)(pthread_mutex_t*)>("pthread_mutex_lock")(mutex);
}
// One of its own too; forwards.
void* malloc(size_t size) noexcept {
  static void* (*next)(size_t) = Next<void* (*)(size_t)>("malloc");
  return next(size);
}
void free(void* pointer) noexcept {
  static void (*next)(void*) = Next<void (*)(void*)>("free");
  next(pointer);
}

}  // extern "C"
