// SPDX-License-Identifier: Apache-2.0
// A preload whose dlsym allocates, resizes, frees and keeps blocks, as older glibc's did. A block
// that it got before the real allocator was known is given back at exit.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>

namespace {

void* kept = nullptr;
void* resized_later = nullptr;

[[gnu::destructor]] void GiveBack() {
  resized_later = std::realloc(resized_later, 1000);
  std::free(resized_later);
  std::free(kept);
}

}  // namespace

extern "C" void* dlsym(void* handle, const char* symbol) noexcept {
  using Dlsym = void* (*)(void*, const char*);
  // dlvsym is another function: no recursion.
  static Dlsym next = reinterpret_cast<Dlsym>(dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34"));
  void* block = std::calloc(3, 40);
  block = std::realloc(block, 400);
  std::memset(block, 1, 400);
  std::free(block);
  if (kept == nullptr) {
    kept = std::malloc(64);
    resized_later = std::calloc(1, 64);
  }
  return next(handle, symbol);
}
