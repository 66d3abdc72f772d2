// SPDX-License-Identifier: Apache-2.0
// The operations of one source: at most twenty by name, first come first served, the rest `other`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seep::endpoint {

inline constexpr size_t kMostOperations = 20;
inline constexpr char kOtherOperations[] = "other";

class Operations {
 public:
  // Where it is in names(). Position 0 is the empty name: all together, or not told.
  size_t PlaceOf(std::string_view name);
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_{""};  // then the named ones, kOtherOperations behind the most
};

}  // namespace seep::endpoint
