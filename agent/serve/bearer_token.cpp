// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/bearer_token.h"

#include <algorithm>
#include <cctype>

namespace seep::serve {
namespace {

// Reads every byte whatever it finds; volatile keeps the compiler from leaving early.
bool AreEqual(std::string_view shown, std::string_view token) {
  if (shown.size() != token.size()) return false;
  volatile unsigned char difference = 0;
  for (size_t i = 0; i < token.size(); i++) {
    difference = static_cast<unsigned char>(difference | (shown[i] ^ token[i]));
  }
  return difference == 0;
}

}  // namespace

bool IsUsableToken(std::string_view token) {
  return token.size() >= kShortestToken && std::ranges::all_of(token, [](unsigned char c) {
           return c < 0x80 &&
                  (std::isalnum(c) || std::string_view("-._~+/=").contains(static_cast<char>(c)));
         });
}

bool ShowsToken(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "bearer ";
  const bool is_bearer =
      authorization.size() >= kScheme.size() &&
      std::ranges::equal(authorization.substr(0, kScheme.size()), kScheme,
                         [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  if (!is_bearer) return false;
  authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  return !token.empty() && AreEqual(authorization, token);
}

}  // namespace seep::serve
