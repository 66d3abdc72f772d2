// SPDX-License-Identifier: Apache-2.0
// Target of entry_points_test: calls one entry point of the allocator kBlocks times with a size
// that nothing else uses, frees every other block in the matching way, and ends.
#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

constexpr size_t kBytes = 4096 + 128;  // a multiple of 64, for aligned_alloc
constexpr int kBlocks = 100;
constexpr std::align_val_t kAlignment{64};

void* Allocate(const char* entry) {
  const auto is = [entry](const char* name) { return std::strcmp(entry, name) == 0; };
  if (is("malloc")) return std::malloc(kBytes);
  if (is("calloc")) return std::calloc(kBytes / 64, 64);
  if (is("realloc")) return std::realloc(nullptr, kBytes);
  if (is("realloc-grow")) return std::realloc(std::malloc(16), kBytes);
  if (is("realloc-fails")) {
    // Refused: the old block stays what it was, for the program and in the ledger.
    void* block = std::malloc(kBytes);
    return std::realloc(block, SIZE_MAX / 4) == nullptr ? block : nullptr;
  }
  if (is("errno")) {
    errno = 77;
    void* block = std::malloc(kBytes);
    return errno == 77 ? block : nullptr;
  }
  if (is("new-throws")) {
    try {
      return operator new(SIZE_MAX / 4);
    } catch (const std::bad_alloc&) {
      return operator new(kBytes);
    }
  }
  if (is("reallocarray")) return reallocarray(nullptr, kBytes / 64, 64);
  if (is("memalign")) return memalign(64, kBytes);
  if (is("aligned_alloc")) return aligned_alloc(64, kBytes);
  if (is("valloc")) return valloc(kBytes);
  if (is("pvalloc")) return pvalloc(kBytes);
  if (is("posix_memalign")) {
    void* block = nullptr;
    return posix_memalign(&block, 64, kBytes) == 0 ? block : nullptr;
  }
  if (is("new")) return operator new(kBytes);
  if (is("new[]")) return operator new[](kBytes);
  if (is("new-nothrow")) return operator new(kBytes, std::nothrow);
  if (is("new[]-nothrow")) return operator new[](kBytes, std::nothrow);
  if (is("new-aligned")) return operator new(kBytes, kAlignment);
  if (is("new[]-aligned")) return operator new[](kBytes, kAlignment);
  if (is("new-aligned-nothrow")) return operator new(kBytes, kAlignment, std::nothrow);
  if (is("new[]-aligned-nothrow")) return operator new[](kBytes, kAlignment, std::nothrow);
  return nullptr;
}

void Free(const char* entry, void* block) {
  const bool is_array = std::strstr(entry, "[]") != nullptr;
  const bool is_aligned = std::strstr(entry, "aligned") != nullptr;
  const bool is_nothrow = std::strstr(entry, "nothrow") != nullptr;
  if (std::strncmp(entry, "new", 3) != 0) {
    std::free(block);
  } else if (is_aligned && is_nothrow) {
    is_array ? operator delete[](block, kAlignment, std::nothrow) :
             operator delete(block, kAlignment, std::nothrow);
  } else if (is_aligned) {
    is_array ? operator delete[](block, kBytes, kAlignment) :
             operator delete(block, kBytes, kAlignment);
  } else if (is_nothrow) {
    is_array ? operator delete[](block, std::nothrow) : operator delete(block, std::nothrow);
  } else {
    is_array ? operator delete[](block, kBytes) : operator delete(block, kBytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (int i = 0; i < kBlocks; ++i) {
    void* block = Allocate(argv[1]);
    if (block == nullptr) return 3;
    std::memset(block, 1, kBytes);
    if (i % 2 == 0) Free(argv[1], block);
  }
  return 0;
}
