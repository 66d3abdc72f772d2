// SPDX-License-Identifier: Apache-2.0
// Label values as they leave the daemon. They come from file names, command lines and symbols of
// other programs: anything may be in them. Quoting is the serializer's part.
#pragma once

#include <string>
#include <string_view>

namespace seep::serve {

inline constexpr size_t kLongestLabel_bytes = 120;

// Valid UTF-8 without control characters (each offending byte becomes '?': Prometheus refuses a
// whole scrape for one bad byte), at most kLongestLabel_bytes; a shortened one ends in "...".
std::string LabelValue(std::string_view text);

// A function's name, or nothing for what was not resolved ("libfoo.so+0x1234"): addresses would
// make a new series at each start.
std::string FunctionLabel(std::string_view function);

}  // namespace seep::serve
