// SPDX-License-Identifier: Apache-2.0
// Where a source file lies in the repository.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seep::report {

// `file`, as debug information names it, relative to the first of `roots` (absolute, normal) that
// it lies in. A relative name (-ffile-prefix-map) is one already. Empty: it lies outside.
std::optional<std::string> PlaceInSources(std::string_view file,
                                          const std::vector<std::string>& roots);

// A path as a URI reference (RFC 3986): everything but unreserved characters and '/' as %XX.
std::string UriPath(std::string_view path);

}  // namespace seep::report
