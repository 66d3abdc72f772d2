// SPDX-License-Identifier: Apache-2.0
// Where the server may listen, and what it takes.
#pragma once

#include <string>

#include "storage/model/error.h"

namespace seep::serve {

struct ListenAddress {
  std::string ip;  // IPv4: Debian's civetweb has no IPv6
  bool is_loopback = false;
};

// "localhost" or an IPv4 address. kUnsupported: IPv6; kInvalidArgument: anything else.
model::Result<ListenAddress> ParseListenAddress(const std::string& text);

// An address that others can reach needs a token; a token has to be a usable one.
model::Status CheckAccess(const ListenAddress& address, const std::string& token);

}  // namespace seep::serve
