// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace seep::agent {

// What an ordinary user cannot see of a process, or in a container, each a sentence for the
// coverage of the report. Nothing for root: what is not there then is not hidden either, and
// `seep doctor` names it.
std::vector<std::string> BlindSpots(pid_t pid);

}  // namespace seep::agent
