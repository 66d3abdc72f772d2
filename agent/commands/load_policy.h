// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "storage/model/error.h"
#include "storage/model/policy.h"

namespace seep::agent {

// Nothing without a path. Says what is wrong with the file, but for the last of it: that is the
// error, kInvalidArgument.
model::Result<std::optional<model::Policy>> LoadPolicy(const std::string& path);

}  // namespace seep::agent
