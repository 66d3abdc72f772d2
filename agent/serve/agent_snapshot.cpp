// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/agent_snapshot.h"

namespace seep::serve {

const char* ToString(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed:
      return "closed";
    case BreakerState::kHalfOpen:
      return "half_open";
    case BreakerState::kOpen:
      return "open";
  }
  return "unknown";
}

}  // namespace seep::serve
