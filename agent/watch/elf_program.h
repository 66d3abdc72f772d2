// SPDX-License-Identifier: Apache-2.0
// What the file of a program says about loading the probe into it.
#pragma once

#include <string>

namespace seep::agent {

// Empty when the probe can be loaded, or the file is no ELF file. Else why not: "statically
// linked", "not an x86-64 program", "built with a sanitizer" (whose runtime ends a program in
// which another library comes before it).
std::string ProbeObstacleOf(const std::string& path);

}  // namespace seep::agent
