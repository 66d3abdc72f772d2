// SPDX-License-Identifier: Apache-2.0
// The order of bookkeeping and of the real free: under handover_allocator.so, which gives a block
// to another thread while the real free (or realloc) of its former owner has not returned yet.
#include <dlfcn.h>

#include <atomic>
#include <thread>

#include "tests/probes/preload/traps/handover.h"
#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

// One thread gives kBlocks blocks back; the other gets each of them meanwhile, and keeps it.
int HandOver(void (*give_back)(void*)) {
  auto* desk = static_cast<HandoverDesk*>(dlsym(RTLD_DEFAULT, "trap_handover_desk"));
  if (desk == nullptr) return Failed("the handover allocator is not preloaded");
  std::atomic<int> taken{0};
  std::thread other([&] {
    while (taken < kBlocks) {
      if (desk->offered.load() == nullptr) {
        std::this_thread::yield();
        continue;
      }
      void* const wanted = desk->offered.load();
      void* volatile block = std::malloc(kChildBytes);
      if (block != wanted) std::abort();
      taken.fetch_add(1);
      desk->is_taken = true;
    }
  });
  for (int i = 0; i < kBlocks; ++i) {
    void* block = std::malloc(kChildBytes + 100);
    desk->watched = block;
    give_back(block);
    if (taken != i + 1) std::abort();
  }
  other.join();
  return 0;
}

void FreeBlock(void* block) {
  std::free(block);
}
void ReallocBlock(void* block) {
  std::free(std::realloc(block, kOtherBytes * 8));
}

const Register registered[] = {{"free-order", [] { return HandOver(&FreeBlock); }},
                               {"realloc-order", [] { return HandOver(&ReallocBlock); }}};

}  // namespace
}  // namespace traps
