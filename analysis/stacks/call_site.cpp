// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/call_site.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace seep::analysis {
namespace {

constexpr size_t kSiteFrames = 3;  // analysis.md 2.4.5
constexpr std::array<std::string_view, 9> kLibraries{
    "libseep.so",     "libc.so",     "libc-",          "libstdc++.so", "libc++.so",
    "libjemalloc.so", "libtcmalloc", "libmimalloc.so", "ld-linux"};

// FNV-1a over whole words, with the bits mixed (Steele et al. 2014, splitmix64).
uint64_t Mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  return hash ^ (hash >> 31);
}

}  // namespace

bool IsLibrary(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::any_of(kLibraries.begin(), kLibraries.end(),
                     [name](std::string_view library) { return name.starts_with(library); });
}

CallSites::CallSites(const std::vector<model::Module>& modules, bool is_over_lives)
    : is_over_lives_(is_over_lives) {
  for (const model::Module& module : modules) {
    if (IsLibrary(module.path)) libraries_.insert(module.id);
  }
}

size_t CallSites::FirstOwn(const model::Stack& stack) const {
  for (size_t i = 0; i < stack.frames.size(); ++i) {
    if (!libraries_.contains(stack.frames[i].module)) return i;
  }
  return 0;
}

uint64_t CallSites::HashFrames(const model::Stack& stack, size_t begin, size_t end) const {
  if (begin >= end) return 0;
  uint64_t hash = Mix(0, static_cast<uint64_t>(stack.kind));
  if (!is_over_lives_) hash = Mix(Mix(hash, static_cast<uint64_t>(stack.target)), stack.ledger);
  for (size_t i = begin; i < end; ++i) {
    hash = Mix(hash, static_cast<uint64_t>(stack.frames[i].module));
    hash = Mix(hash, stack.frames[i].address);
  }
  return hash | 1;  // never 0
}

uint64_t CallSites::Key(const model::Stack& stack, model::StackLevel level) const {
  if (level == model::StackLevel::kStack) return HashFrames(stack, 0, stack.frames.size());
  const size_t first = FirstOwn(stack);
  const size_t count = level == model::StackLevel::kFunction ? 1 : kSiteFrames;
  return HashFrames(stack, first, std::min(first + count, stack.frames.size()));
}

uint64_t CallSites::CallerKey(const model::Stack& stack) const {
  return HashFrames(stack, FirstOwn(stack) + 1, stack.frames.size());
}

}  // namespace seep::analysis
