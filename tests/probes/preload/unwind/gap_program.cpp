// SPDX-License-Identifier: Apache-2.0
// Target of gap_program_test: an executable with a gap between its segments (the linker is told to
// put `seep_far` far away), as node is one. The loader then knows each segment by itself.
#include <cstdlib>

[[gnu::section("seep_far"), gnu::noipa]] static void* AllocateFar(size_t bytes) {
  void* block = std::malloc(bytes);
  asm volatile("" : : "r"(block) : "memory");
  return block;
}

int main() {
  constexpr size_t kBytes = 54321;
  return AllocateFar(kBytes) != nullptr ? 0 : 1;
}
