// SPDX-License-Identifier: Apache-2.0
// A policy: a TOML file. docs/policy.md has every key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/error.h"
#include "storage/model/policy.h"

namespace seep::agent {

// All that is wrong with the file, each kInvalidArgument with file, line and column, the key, what
// is allowed and the remedy; of what is no TOML the first only.
using PolicyErrors = std::vector<model::Error>;

std::expected<model::Policy, PolicyErrors> ReadPolicy(const std::string& path);

// `name` stands for the file in errors.
std::expected<model::Policy, PolicyErrors> ParsePolicy(std::string_view text,
                                                       const std::string& name);

// kInvalidArgument: a gate without its policy would pass what it should not.
model::Result<std::string> ReadPolicyText(const std::string& path);

}  // namespace seep::agent
