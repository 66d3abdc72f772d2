// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/operations.h"

#include <algorithm>

namespace seep::endpoint {
namespace {

constexpr size_t kLongestName = 200;  // bytes; a URL with its query may be any length

// Cut between characters of UTF-8.
std::string_view Shortened(std::string_view name) {
  if (name.size() <= kLongestName) return name;
  size_t end = kLongestName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

}  // namespace

size_t Operations::PlaceOf(std::string_view name) {
  name = Shortened(name);
  const auto known = std::ranges::find(names_, name);
  if (known != names_.end()) return static_cast<size_t>(known - names_.begin());
  const size_t beyond = 1 + kMostOperations;
  if (names_.size() < beyond) {
    names_.emplace_back(name);
  } else if (names_.size() == beyond) {
    names_.emplace_back(kOtherOperations);
  }
  return names_.size() - 1;
}

}  // namespace seep::endpoint
