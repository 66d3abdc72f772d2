// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_key.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

#include "analysis/regression/stack_names.h"
#include "analysis/stacks/call_site.h"

namespace seep::analysis {
namespace {

constexpr size_t kSiteFrames = 3;    // analysis.md 2.7.4
constexpr size_t kLongestCycle = 4;  // functions that call each other in a circle

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (RFC 9923).
constexpr uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

uint64_t Hash(uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  }
  return hash;
}

template <size_t kCount>
bool IsOneOf(std::string_view name, const std::array<std::string_view, kCount>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <size_t kCount>
bool StartsWithOneOf(std::string_view name, const std::array<std::string_view, kCount>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [name](std::string_view prefix) { return name.starts_with(prefix); });
}

constexpr std::array<std::string_view, 17> kInternalFunctions{
    "malloc",         "calloc",        "realloc",      "reallocarray",
    "posix_memalign", "aligned_alloc", "memalign",     "valloc",
    "pvalloc",        "_start",        "start_thread", "clone",
    "clone3",         "_dl_init",      "call_init",    "execute_native_thread_routine",
    "_dl_start_user"};
constexpr std::array<std::string_view, 7> kInternalPrefixes{
    "operator new", "operator delete", "__libc_start_", "__rust_",
    "__rdl_",       "__rg_",           "alloc::alloc::"};
constexpr std::array<std::string_view, 4> kAllocators{"libseep.so", "libjemalloc.so", "libtcmalloc",
                                                      "libmimalloc.so"};
constexpr std::array<std::string_view, 6> kLibraryPrefixes{
    "std::", "__gnu_cxx::", "alloc::raw_vec::", "alloc::vec::", "core::ops::", "<alloc::"};
constexpr std::array<std::string_view, 4> kInternalLibraryPrefixes{
    "std::allocator", "__gnu_cxx::", "alloc::raw_vec::", "core::ops::"};

// "std::_Vector_base<int>::_M_allocate", "std::__detail::_Scanner": names that the C++ standard
// reserves for the library itself.
bool HasReservedPart(std::string_view name) {
  int depth = 0;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (depth == 0 && name[i] == '_' && (i == 0 || name[i - 1] == ':')) return true;
  }
  return false;
}

}  // namespace

StackKeys::Role StackKeys::RoleOf(const std::string& name, const model::SourceFrame& frame) {
  if (IsUnresolved(frame.function)) return Role::kUnresolved;
  if (IsOneOf(name, kInternalFunctions) || StartsWithOneOf(name, kInternalPrefixes) ||
      StartsWithOneOf(frame.module, kAllocators)) {
    return Role::kInternal;
  }
  if (!StartsWithOneOf(name, kLibraryPrefixes) && !IsLibrary(frame.module)) return Role::kOwn;
  return StartsWithOneOf(name, kInternalLibraryPrefixes) || HasReservedPart(name) ? Role::kInternal
                                                                                  : Role::kLibrary;
}

StackKeys::Name StackKeys::Read(const model::SourceFrame& frame) {
  const auto [entry, is_new] = read_.try_emplace(frame.function + '\n' + frame.module);
  if (is_new) {
    std::string text = NormalizeFunction(frame.function.empty() ? frame.module : frame.function);
    entry->second.role = RoleOf(text, frame);
    const auto [number, is_first] =
        numbers_.try_emplace(text, static_cast<uint32_t>(names_.size()));
    if (is_first) names_.push_back(std::move(text));
    entry->second.number = number->second;
  }
  return entry->second;
}

// Recursion goes as soon as its second round is complete.
void StackKeys::Append(StackKey& key, const Name& name) const {
  std::vector<uint32_t>& names = key.names;
  names.push_back(name.number);
  if (name.role == Role::kUnresolved) return;
  for (size_t length = 1; length <= kLongestCycle && 2 * length <= names.size(); ++length) {
    const auto last = names.end() - static_cast<std::ptrdiff_t>(length);
    if (!std::equal(last, names.end(), last - static_cast<std::ptrdiff_t>(length))) continue;
    names.erase(last, names.end());
    return;
  }
}

uint64_t StackKeys::Hash(const std::vector<uint32_t>& names) const {
  uint64_t hash = kFnvOffset;
  for (const uint32_t number : names) {
    hash = analysis::Hash(analysis::Hash(hash, names_[number]), "\n");
  }
  return hash;
}

StackKey StackKeys::Of(const std::vector<model::SourceFrame>& frames) {
  StackKey key;
  std::vector<Name> kept;
  for (const model::SourceFrame& frame : frames) {
    const Name name = Read(frame);
    if (name.role == Role::kInternal) continue;
    // Of a library the frame that the program called, which comes last.
    if (name.role == Role::kLibrary && !kept.empty() && kept.back().role == Role::kLibrary) {
      kept.pop_back();
    }
    kept.push_back(name);
  }
  if (kept.empty()) {  // a stack of nothing else
    for (const model::SourceFrame& frame : frames) kept.push_back(Read(frame));
  }
  for (const Name& name : kept) {
    Append(key, name);
    key.has_symbols |= name.role != Role::kUnresolved;
    const bool is_own = name.role == Role::kOwn || name.role == Role::kUnresolved;
    const bool is_known = std::find(key.own.begin(), key.own.end(), name.number) != key.own.end();
    if (is_own && !is_known && key.own.size() < kSiteFrames) key.own.push_back(name.number);
  }
  if (key.own.empty() && !key.names.empty()) key.own.push_back(key.names.front());
  key.full = Hash(key.names);
  key.site = Hash(key.own);
  key.leaf = Hash({key.own.begin(), key.own.begin() + (key.own.empty() ? 0 : 1)});
  return key;
}

std::string ToText(uint64_t fingerprint) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx",
                static_cast<unsigned long long>(fingerprint));
  return digits.data();
}

std::string Fingerprint(const std::vector<model::SourceFrame>& frames) {
  return ToText(StackKeys().Of(frames).full);
}

}  // namespace seep::analysis
