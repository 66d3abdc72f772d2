// SPDX-License-Identifier: Apache-2.0
// The secret that a client has to show (RFC 6750): `Authorization: Bearer TOKEN`.
#pragma once

#include <string_view>

namespace seep::serve {

inline constexpr size_t kShortestToken = 16;

// 16 or more of the characters that a token may have (RFC 6750 2.1: letters, digits, -._~+/=).
bool IsUsableToken(std::string_view token);

// Whether `authorization`, the value of the header, shows `token`. Takes as long for any wrong
// token of the same length; the length is no secret.
bool ShowsToken(std::string_view authorization, std::string_view token);

}  // namespace seep::serve
