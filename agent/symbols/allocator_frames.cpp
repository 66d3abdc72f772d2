// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/allocator_frames.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace seep::symbols {
namespace {

constexpr std::array<std::string_view, 9> kEntryPoints{
    "malloc",        "calloc",   "realloc", "reallocarray", "posix_memalign",
    "aligned_alloc", "memalign", "valloc",  "pvalloc"};

bool IsEntryPoint(std::string_view function) {
  // "operator new(unsigned long)", "operator new[](...)": any overload.
  return function.starts_with("operator new") ||
         std::find(kEntryPoints.begin(), kEntryPoints.end(), function) != kEntryPoints.end();
}

}  // namespace

size_t LeadingAllocatorFrames(const std::vector<model::SourceFrame>& frames) {
  size_t count = 0;
  while (count + 1 < frames.size() && IsEntryPoint(frames[count].function)) ++count;
  return count;
}

}  // namespace seep::symbols
