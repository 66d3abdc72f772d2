// SPDX-License-Identifier: Apache-2.0
// What a program is, before it is started: can the probe be loaded into it?
#pragma once

#include <string>

#include "storage/model/error.h"

namespace seep::agent {

struct Executable {
  std::string path;
  // Empty, or why ld.so will not load the probe: "statically linked", "set-user-id", ...
  std::string probe_obstacle;
};

// Finds `command` as execvp does (PATH unless it has a slash) and looks into the file; a script is
// judged by its interpreter. kNotFound, or kInvalidArgument for what cannot be executed.
model::Result<Executable> InspectExecutable(const std::string& command);

}  // namespace seep::agent
