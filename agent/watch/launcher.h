// SPDX-License-Identifier: Apache-2.0
// Starts the target with the probe in front of its allocator.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "storage/model/error.h"

namespace seep::agent {

struct LaunchPlan {
  std::vector<std::string> command;
  std::string program_path;
  // Set in the target's environment, after everything inherited.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string probe_path;  // appended to LD_PRELOAD; empty: without the probe
  sigset_t signal_mask;    // the target starts with this one
};

// The target is our child, in our process group, with our stdio. An exec that fails is an error
// here, not an exit status. Nothing ties its life to ours.
model::Result<pid_t> Launch(const LaunchPlan& plan);

// libseep.so beside this program: $SEEP_LIB, ../lib/libseep.so (build), ../lib/seep/libseep.so
// (installed). kNotFound names the places.
model::Result<std::string> FindProbe();

}  // namespace seep::agent
