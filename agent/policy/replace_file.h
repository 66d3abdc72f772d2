// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "storage/model/error.h"

namespace seep::agent {

// The file has `text` afterwards or what it had before, never a part: written beside, then renamed.
// It keeps its permissions, and a symbolic link stays one.
model::Status ReplaceFile(const std::string& path, const std::string& text);

}  // namespace seep::agent
