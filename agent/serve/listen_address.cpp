// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/listen_address.h"

#include <arpa/inet.h>

#include <fmt/format.h>

#include "agent/serve/bearer_token.h"

namespace seep::serve {

using model::Errc;
using model::Fail;

model::Result<ListenAddress> ParseListenAddress(const std::string& text) {
  if (text == "localhost") return ListenAddress{"127.0.0.1", true};
  in_addr ip4{};
  if (inet_pton(AF_INET, text.c_str(), &ip4) == 1) {
    return ListenAddress{text, ntohl(ip4.s_addr) >> 24 == 127};
  }
  in6_addr ip6{};
  const bool has_brackets = text.starts_with('[') && text.ends_with(']');
  const std::string bare = has_brackets ? text.substr(1, text.size() - 2) : text;
  if (inet_pton(AF_INET6, bare.c_str(), &ip6) == 1) {
    return Fail(Errc::kUnsupported,
                fmt::format("listen address {}: this build listens on IPv4 only", text));
  }
  return Fail(Errc::kInvalidArgument,
              fmt::format("listen address \"{}\" is no IPv4 address; give 127.0.0.1, 0.0.0.0 or "
                          "the address of an interface",
                          text));
}

model::Status CheckAccess(const ListenAddress& address, const std::string& token) {
  if (!token.empty() && !IsUsableToken(token)) {
    return Fail(Errc::kInvalidArgument,
                fmt::format("the token needs at least {} characters, of letters, digits and "
                            "-._~+/= only",
                            kShortestToken));
  }
  if (!address.is_loopback && token.empty()) {
    return Fail(Errc::kInvalidArgument,
                fmt::format("listen address {} can be reached by others: set a token, or listen "
                            "on 127.0.0.1",
                            address.ip));
  }
  return {};
}

}  // namespace seep::serve
