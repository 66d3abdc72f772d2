// SPDX-License-Identifier: Apache-2.0
// Loaded and unloaded again and again by the traps: allocates wherever it can.
#include <cstdlib>

namespace {

void* kept = std::malloc(5000);

[[gnu::destructor]] void GiveBack() {
  std::free(kept);
}

[[gnu::noipa]] void* Deeper(int depth) {
  void* volatile block = depth == 0 ? std::malloc(5000) : Deeper(depth - 1);
  return block;
}

}  // namespace

extern "C" {
void trap_plugin_work() {
  for (int i = 0; i < 20; ++i) std::free(Deeper(i % 8));
}
void trap_plugin_free(void* block) {
  std::free(block);
}
void* trap_plugin_allocate(size_t size) {
  return std::malloc(size);
}
}
