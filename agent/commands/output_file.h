// SPDX-License-Identifier: Apache-2.0
// What a command writes: to stdout, or to a file that is there as a whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include "storage/model/error.h"

namespace seep::agent {

// `path` empty: stdout. A file is replaced: after an error what was there before is still there; a
// device or a pipe is written to. kIo.
model::Status WriteOutput(const std::string& path, std::string_view content);

}  // namespace seep::agent
