// SPDX-License-Identifier: Apache-2.0
// operator new and delete in every variant of C++23, interposed straight to the real malloc and
// free: one hop less than libstdc++'s, and each block seen once. Out of memory is left to the
// target's own operator new, which runs its new_handler and throws: the probe has no C++ runtime.
#include <dlfcn.h>

#include <cstddef>
#include <new>

#include "probes/preload/find_real.h"
#include "probes/preload/hooks.h"

using std::align_val_t;
using std::nothrow_t;
using std::size_t;

namespace seep::probe {
namespace {

// The next definition of an operator new, or libstdc++'s when that came in with a plugin only
// (RTLD_LOCAL). nullptr: there is none.
template <typename Function>
Function FindNext(const char* symbol) {
  void* found = FindReal(symbol);
  if (found == nullptr) {
    if (void* library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD)) {
      found = dlsym(library, symbol);
    }
  }
  return reinterpret_cast<Function>(found);
}

[[gnu::cold, gnu::noinline]] void* NewFailed(size_t size) {
  const auto next = FindNext<void* (*)(size_t)>("_Znwm");
  return next != nullptr ? next(size) : nullptr;
}
[[gnu::cold, gnu::noinline]] void* NewFailed(size_t size, const nothrow_t& tag) {
  const auto next = FindNext<void* (*)(size_t, const nothrow_t&)>("_ZnwmRKSt9nothrow_t");
  return next != nullptr ? next(size, tag) : nullptr;
}
[[gnu::cold, gnu::noinline]] void* NewFailed(size_t size, align_val_t alignment) {
  const auto next = FindNext<void* (*)(size_t, align_val_t)>("_ZnwmSt11align_val_t");
  return next != nullptr ? next(size, alignment) : nullptr;
}
[[gnu::cold, gnu::noinline]] void* NewFailed(size_t size, align_val_t alignment,
                                             const nothrow_t& tag) {
  const auto next = FindNext<void* (*)(size_t, align_val_t, const nothrow_t&)>(
      "_ZnwmSt11align_val_tRKSt9nothrow_t");
  return next != nullptr ? next(size, alignment, tag) : nullptr;
}

template <typename... Tag>
void* New(size_t size, Tag... tag) {
  void* pointer = Malloc(size);
  return __builtin_expect(pointer != nullptr, 1) ? pointer : NewFailed(size, tag...);
}
template <typename... Tag>
void* NewAligned(size_t size, align_val_t alignment, Tag... tag) {
  void* pointer = AllocateAligned(static_cast<size_t>(alignment), size);
  return pointer != nullptr ? pointer : NewFailed(size, alignment, tag...);
}

}  // namespace
}  // namespace seep::probe

using seep::probe::Free;
using seep::probe::New;
using seep::probe::NewAligned;

SEEP_EXPORT void* operator new(size_t n) {
  return New(n);
}
SEEP_EXPORT void* operator new[](size_t n) {
  return New(n);
}
SEEP_EXPORT void* operator new(size_t n, const nothrow_t& t) noexcept {
  return New<const nothrow_t&>(n, t);
}
SEEP_EXPORT void* operator new[](size_t n, const nothrow_t& t) noexcept {
  return New<const nothrow_t&>(n, t);
}
SEEP_EXPORT void* operator new(size_t n, align_val_t a) {
  return NewAligned(n, a);
}
SEEP_EXPORT void* operator new[](size_t n, align_val_t a) {
  return NewAligned(n, a);
}
SEEP_EXPORT void* operator new(size_t n, align_val_t a, const nothrow_t& t) noexcept {
  return NewAligned<const nothrow_t&>(n, a, t);
}
SEEP_EXPORT void* operator new[](size_t n, align_val_t a, const nothrow_t& t) noexcept {
  return NewAligned<const nothrow_t&>(n, a, t);
}

SEEP_EXPORT void operator delete(void* p) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete(void* p, size_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p, size_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete(void* p, const nothrow_t&) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p, const nothrow_t&) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete(void* p, align_val_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p, align_val_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete(void* p, size_t, align_val_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p, size_t, align_val_t) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete(void* p, align_val_t, const nothrow_t&) noexcept {
  Free(p);
}
SEEP_EXPORT void operator delete[](void* p, align_val_t, const nothrow_t&) noexcept {
  Free(p);
}
