// SPDX-License-Identifier: Apache-2.0
// Brings a malloc of its own and exports it, as a program with jemalloc linked in does: it comes
// before every preload. Blocks are never given back to anyone; the program is short.
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "tests/targets/zoo.h"

namespace {

constexpr size_t kHeader = 16;  // holds the size of the block behind it
constexpr size_t kArenaBytes = size_t{1} << 32;
alignas(64) std::atomic<char*> g_next{nullptr};

void* Allocate(size_t alignment, size_t size) {
  if (g_next.load() == nullptr) {
    void* arena = mmap(nullptr, kArenaBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char* nothing = nullptr;
    g_next.compare_exchange_strong(nothing, static_cast<char*>(arena));
  }
  if (size > kArenaBytes / 16) {
    errno = ENOMEM;
    return nullptr;
  }
  char* start = g_next.fetch_add(static_cast<ptrdiff_t>(size + alignment + 2 * kHeader));
  const auto address = reinterpret_cast<uintptr_t>(start) + kHeader;
  char* block = start + kHeader + (-address & (alignment - 1));
  memcpy(block - sizeof(size), &size, sizeof(size));
  return block;
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  return Allocate(kHeader, size);
}
void free(void*) {}
void* calloc(size_t count, size_t size) {
  return malloc(count * size);  // fresh from the kernel: zero
}
void* realloc(void* old_block, size_t size) {
  void* block = malloc(size);
  if (old_block == nullptr || block == nullptr) return block;
  size_t old_size;
  memcpy(&old_size, static_cast<char*>(old_block) - sizeof(old_size), sizeof(old_size));
  return memcpy(block, old_block, old_size < size ? old_size : size);
}
void* aligned_alloc(size_t alignment, size_t size) {
  return Allocate(alignment < kHeader ? kHeader : alignment, size);
}
void* memalign(size_t alignment, size_t size) {
  return aligned_alloc(alignment, size);
}
int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = aligned_alloc(alignment, size);
  return *block != nullptr ? 0 : ENOMEM;
}

}  // extern "C"

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "exports a malloc of its own",
                             {{"seconds", 10, "0 = until SIGTERM"}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  zoo::Tally blocks;
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    free(zoo::Touch(malloc(1000), 1000));
    blocks.Add(1000);
  }
  zoo::Say("blocks=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", blocks.blocks_total(),
           zoo::ElapsedS());
}
