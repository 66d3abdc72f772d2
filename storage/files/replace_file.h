// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "storage/model/error.h"

namespace seep::files {

// The file has `content` afterwards or what it had before, never a part: written beside, then
// renamed. It keeps its permissions, and a symbolic link stays one. A device or a pipe is written
// to. kIo.
model::Status Replace(const std::string& path, std::string_view content);

// All of it, in as many calls as it takes. False: see errno.
bool WriteAll(int descriptor, std::string_view content);

}  // namespace seep::files
