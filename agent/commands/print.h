// SPDX-License-Identifier: Apache-2.0
// Answers of commands, on stdout.
#pragma once

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace seep::agent {

inline void Print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
}

// Valid UTF-8 whatever the names hold.
template <typename Json>
void PrintJson(const Json& json) {
  Print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace seep::agent
