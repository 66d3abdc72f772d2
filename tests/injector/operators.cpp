// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/operators.h"

#include <dlfcn.h>
#include <stdlib.h>

#include <atomic>
#include <new>
#include <type_traits>

#include "tests/injector/decision.h"

using std::align_val_t;
using std::nothrow_t;

namespace seep_leak {
namespace {

// In the order of the operators below; the second half is operator delete.
enum Variant {
  kPlain,
  kArray,
  kNothrow,
  kArrayNothrow,
  kAligned,
  kArrayAligned,
  kAlignedNothrow,
  kArrayAlignedNothrow,
  kNews,
  kSized = kNews,
  kArraySized,
  kSizedAligned,
  kArraySizedAligned,
};
// True for variants that never reach our malloc. Written by the constructor only.
constinit bool g_considers[kNews] = {};

// The next definition of `symbol`, else `otherwise`: there is none in a C program, nor in one whose
// libstdc++ came with a dlopen of local scope.
template <typename Function>
[[gnu::always_inline]] inline Function Next(std::atomic<Function>* cached, const char* symbol,
                                            Function otherwise) {
  Function next = cached->load(std::memory_order_relaxed);
  if (next == nullptr) [[unlikely]] {
    next = reinterpret_cast<Function>(dlsym(RTLD_NEXT, symbol));
    if (next == nullptr) next = otherwise;
    cached->store(next, std::memory_order_relaxed);
  }
  return next;
}

// Calls the next one from one place and considers the block, unless our malloc did.
template <Variant variant, typename... Rest>
[[gnu::always_inline]] inline void* New(const char* symbol, void* (*otherwise)(size_t, Rest...),
                                        size_t n, std::type_identity_t<Rest>... rest) {
  static constinit std::atomic<void* (*)(size_t, Rest...)> cached{nullptr};
  void* block = Next(&cached, symbol, otherwise)(n, rest...);
  if (g_considers[variant]) Consider(block, n);
  return block;
}

template <typename... Rest>
void Free(void* block, Rest...) {
  free(block);
}

template <Variant variant, typename... Rest>
[[gnu::always_inline]] inline void Delete(const char* symbol, void* block, Rest... rest) {
  static constinit std::atomic<void (*)(void*, Rest...)> cached{nullptr};
  if (DropIfMarked(block)) return;
  Next(&cached, symbol, &Free<Rest...>)(block, rest...);
}

void* NothrowMalloc(size_t n, const nothrow_t&) {
  return malloc(n);
}
void* NothrowAligned(size_t n, align_val_t alignment, const nothrow_t&) {
  const auto a = static_cast<size_t>(alignment);
  return aligned_alloc(a, (n + a - 1) & ~(a - 1));
}
// Nobody is there who could throw.
void* OrDie(void* block) {
  if (block == nullptr) abort();
  return block;
}
void* Malloc(size_t n) {
  return OrDie(malloc(n));
}
void* Aligned(size_t n, align_val_t alignment) {
  return OrDie(NothrowAligned(n, alignment, nothrow_t()));
}

}  // namespace
}  // namespace seep_leak

using namespace seep_leak;

void* operator new(size_t n) {
  return New<kPlain>("_Znwm", &Malloc, n);
}
void* operator new[](size_t n) {
  return New<kArray>("_Znam", &Malloc, n);
}
void* operator new(size_t n, const nothrow_t& t) noexcept {
  return New<kNothrow>("_ZnwmRKSt9nothrow_t", &NothrowMalloc, n, t);
}
void* operator new[](size_t n, const nothrow_t& t) noexcept {
  return New<kArrayNothrow>("_ZnamRKSt9nothrow_t", &NothrowMalloc, n, t);
}
void* operator new(size_t n, align_val_t a) {
  return New<kAligned>("_ZnwmSt11align_val_t", &Aligned, n, a);
}
void* operator new[](size_t n, align_val_t a) {
  return New<kArrayAligned>("_ZnamSt11align_val_t", &Aligned, n, a);
}
void* operator new(size_t n, align_val_t a, const nothrow_t& t) noexcept {
  return New<kAlignedNothrow>("_ZnwmSt11align_val_tRKSt9nothrow_t", &NothrowAligned, n, a, t);
}
void* operator new[](size_t n, align_val_t a, const nothrow_t& t) noexcept {
  return New<kArrayAlignedNothrow>("_ZnamSt11align_val_tRKSt9nothrow_t", &NothrowAligned, n, a, t);
}

void operator delete(void* p) noexcept {
  Delete<kPlain>("_ZdlPv", p);
}
void operator delete[](void* p) noexcept {
  Delete<kArray>("_ZdaPv", p);
}
void operator delete(void* p, size_t n) noexcept {
  Delete<kSized>("_ZdlPvm", p, n);
}
void operator delete[](void* p, size_t n) noexcept {
  Delete<kArraySized>("_ZdaPvm", p, n);
}
void operator delete(void* p, const nothrow_t& t) noexcept {
  Delete<kNothrow, const nothrow_t&>("_ZdlPvRKSt9nothrow_t", p, t);
}
void operator delete[](void* p, const nothrow_t& t) noexcept {
  Delete<kArrayNothrow, const nothrow_t&>("_ZdaPvRKSt9nothrow_t", p, t);
}
void operator delete(void* p, align_val_t a) noexcept {
  Delete<kAligned>("_ZdlPvSt11align_val_t", p, a);
}
void operator delete[](void* p, align_val_t a) noexcept {
  Delete<kArrayAligned>("_ZdaPvSt11align_val_t", p, a);
}
void operator delete(void* p, size_t n, align_val_t a) noexcept {
  Delete<kSizedAligned>("_ZdlPvmSt11align_val_t", p, n, a);
}
void operator delete[](void* p, size_t n, align_val_t a) noexcept {
  Delete<kArraySizedAligned>("_ZdaPvmSt11align_val_t", p, n, a);
}
void operator delete(void* p, align_val_t a, const nothrow_t& t) noexcept {
  Delete<kAlignedNothrow, align_val_t, const nothrow_t&>("_ZdlPvSt11align_val_tRKSt9nothrow_t", p,
                                                         a, t);
}
void operator delete[](void* p, align_val_t a, const nothrow_t& t) noexcept {
  Delete<kArrayAlignedNothrow, align_val_t, const nothrow_t&>("_ZdaPvSt11align_val_tRKSt9nothrow_t",
                                                              p, a, t);
}

namespace seep_leak {
namespace {

constexpr size_t kTrialBytes = 64;
constexpr auto kTrialAlignment = align_val_t{64};
constexpr nothrow_t kNothrowTag{};  // std::nothrow lives in libstdc++

template <typename Allocate, typename Release>
bool ReachesMalloc(Allocate allocate, Release release) {
  const TrialScope trial;
  void* volatile block = allocate();
  release(block);
  return trial.has_reached_malloc();
}

}  // namespace

void FindOutWhoAllocatesForNew() {
  constexpr size_t n = kTrialBytes;
  constexpr align_val_t a = kTrialAlignment;
  const auto release = [](void* p) { operator delete(p); };
  const auto release_array = [](void* p) { operator delete[](p); };
  const auto release_aligned = [](void* p) { operator delete(p, kTrialAlignment); };
  const auto release_aligned_array = [](void* p) { operator delete[](p, kTrialAlignment); };
  bool reaches[kNews];
  reaches[kPlain] = ReachesMalloc([] { return operator new(n); }, release);
  reaches[kArray] = ReachesMalloc([] { return operator new[](n); }, release_array);
  reaches[kNothrow] = ReachesMalloc([] { return operator new(n, kNothrowTag); }, release);
  reaches[kArrayNothrow] =
      ReachesMalloc([] { return operator new[](n, kNothrowTag); }, release_array);
  reaches[kAligned] = ReachesMalloc([] { return operator new(n, a); }, release_aligned);
  reaches[kArrayAligned] =
      ReachesMalloc([] { return operator new[](n, a); }, release_aligned_array);
  reaches[kAlignedNothrow] =
      ReachesMalloc([] { return operator new(n, a, kNothrowTag); }, release_aligned);
  reaches[kArrayAlignedNothrow] =
      ReachesMalloc([] { return operator new[](n, a, kNothrowTag); }, release_aligned_array);
  for (int i = 0; i < kNews; ++i) g_considers[i] = !reaches[i];
}

}  // namespace seep_leak
