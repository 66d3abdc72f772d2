// SPDX-License-Identifier: Apache-2.0
// What a check can find, described for those who read a code scanning alert.
#pragma once

#include <span>
#include <string_view>

namespace seep::report {

struct Rule {
  const char* id;     // stable
  const char* name;   // in PascalCase, as SARIF wants it
  const char* title;  // one sentence without a full stop
  const char* help;   // what it means and what to do
};

std::span<const Rule> Rules();

// Position in Rules(). Every Check::rule has one.
size_t IndexOfRule(std::string_view id);

}  // namespace seep::report
