// SPDX-License-Identifier: Apache-2.0
// Moments as load tools write them, to seconds since 1970 (CLOCK_REALTIME).
#pragma once

#include <optional>
#include <string_view>

namespace seep::endpoint {

// RFC 3339 with any number of digits behind the second, "Z" or an offset:
// "2026-11-22T00:32:37.848123456+01:00". Leap seconds are those before.
std::optional<double> ParseTimestamp(std::string_view text);

// Seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size, which is
// unambiguous from 1973 to 5138.
std::optional<double> ParseEpoch(std::string_view text);

}  // namespace seep::endpoint
