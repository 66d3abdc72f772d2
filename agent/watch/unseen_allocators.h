// SPDX-License-Identifier: Apache-2.0
// What a process allocates past the probe, found from outside: allocators inside its modules, and
// libraries whose calls are bound past the hooks.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "storage/model/run.h"

namespace seep::agent {

class UnseenAllocators {
 public:
  // Sentences for the coverage of the report that have not been given yet. Calls that are not bound
  // yet (lazy binding) may be seen at a later look; what may not be read says nothing. Does not
  // stop the process; 2 to 90 ms, by the number of symbols (node: 80,000).
  std::vector<std::string> Look(const model::Target& target);

 private:
  std::set<std::string> modules_;   // looked through
  std::set<std::string> bypasses_;  // named
};

}  // namespace seep::agent
