// SPDX-License-Identifier: Apache-2.0
// Debug files from servers that speak debuginfod, by build id. Asked only where somebody wished it:
// a production host does not talk to strangers by itself.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/resilience/circuit_breaker.h"

namespace seep::symbols {

// One thread.
class SymbolServer {
 public:
  // `urls`: separated by blanks, as in DEBUGINFOD_URLS. What was fetched is kept where
  // DEBUGINFOD_CACHE_PATH says, else in ~/.cache/debuginfod_client.
  explicit SymbolServer(std::string urls);
  ~SymbolServer();
  SymbolServer(const SymbolServer&) = delete;
  SymbolServer& operator=(const SymbolServer&) = delete;

  // Path of the file with the debug information of `build_id`, in hexadecimal. Nothing: no server
  // has it, or none was asked as the last ones did not answer. A server that says nothing for 5 s,
  // or is not done after 60 s, is given up.
  std::optional<std::string> Find(const std::string& build_id);

  const std::string& urls() const { return urls_; }
  resilience::BreakerStatus status() const { return breaker_.Status(); }

 private:
  struct Client;
  std::string urls_;
  resilience::CircuitBreaker breaker_;
  std::unique_ptr<Client> client_;
};

}  // namespace seep::symbols
