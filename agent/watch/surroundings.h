// SPDX-License-Identifier: Apache-2.0
// What processes share with each other and with the rest of the machine: their control group, its
// pressure, /dev/shm. Measured once for each group, and written with the first of its processes.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

#include "storage/model/tick.h"

namespace seep::agent {

// For one snapshot: make a new one for each.
class Surroundings {
 public:
  // Adds the figures of the group of `pid`, unless another process of this snapshot had them.
  void Measure(pid_t pid, std::vector<model::Measurement>* measurements);

 private:
  std::set<std::string> groups_;  // measured
};

}  // namespace seep::agent
