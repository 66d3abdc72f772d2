// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/source_place.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>

namespace seep::report {

std::optional<std::string> PlaceInSources(std::string_view file,
                                          const std::vector<std::string>& roots) {
  if (file.empty() || roots.empty()) return std::nullopt;
  const std::string path = std::filesystem::path(file).lexically_normal().string();
  const bool is_outside = path == ".." || path.starts_with("../");
  if (path.front() != '/') return is_outside ? std::nullopt : std::optional(path);
  for (const std::string& root : roots) {
    const std::string folder = root.ends_with('/') ? root : root + '/';
    if (path.starts_with(folder) && path.size() > folder.size()) {
      return path.substr(folder.size());
    }
  }
  return std::nullopt;
}

std::string UriPath(std::string_view path) {
  std::string uri;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_letter = byte < 0x80 && std::isalnum(byte) != 0;
    if (is_letter || std::string_view("-._~/").find(c) != std::string_view::npos) {
      uri += c;
      continue;
    }
    std::array<char, 4> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%%%02X", byte);
    uri += buffer.data();
  }
  return uri;
}

}  // namespace seep::report
