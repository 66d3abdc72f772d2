// SPDX-License-Identifier: Apache-2.0
// Allocates while it is being relocated, from the resolver of an IFUNC, before libc is set up; and
// from .preinit_array, before the constructor of any library.
#include <cstdlib>

namespace {

void* from_resolver = nullptr;
void* from_preinit = nullptr;

void AllocateBeforeConstructors() {
  from_preinit = std::malloc(7000);
}
[[gnu::section(".preinit_array"), gnu::used]] void (*preinit)() = &AllocateBeforeConstructors;

int Answer() {
  return 42;
}

}  // namespace

extern "C" {
int (*ResolveAnswer())() {
  from_resolver = std::malloc(3000);
  return &Answer;
}
[[gnu::ifunc("ResolveAnswer")]] int TrapAnswer();
}

int main() {
  for (int i = 0; i < 100; ++i) {
    void* volatile block = std::malloc(4096 + 128);
    if (i % 2 == 0) std::free(block);
  }
  if (from_resolver == nullptr || from_preinit == nullptr || TrapAnswer() != 42) return 1;
  std::free(from_resolver);
  std::free(from_preinit);
  return 0;
}
