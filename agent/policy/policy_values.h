// SPDX-License-Identifier: Apache-2.0
// Figures as a policy file has them, by the unit of what they limit.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <string_view>

#include "storage/model/error.h"

namespace seep::agent {

// Errors say what is wanted, with an example, and nothing of the place. Of the units of
// FeatureKind: bytes "2GiB", seconds "250ms", shares "1%", all others a number.
model::Result<double> ParseFigure(const toml::node& node, std::string_view unit);

// A share that may be lost or gained: "10%" is 0.1; where more is worse "2x" is 1, twice as much.
model::Result<double> ParseChange(const toml::node& node, bool is_less_worse);

// The begin of a day, UTC, in nanoseconds since 1970: 2026-12-31 without quotes.
model::Result<int64_t> ParseDay(const toml::node& node);

// When a suppression that is made now ends: a day as "2026-12-31", or a duration as "90d", which
// ends at a day's begin.
model::Result<int64_t> ParseEnd(std::string_view text, int64_t now_ns);

}  // namespace seep::agent
