// SPDX-License-Identifier: Apache-2.0
// Durations and sizes as people write them ("90s", "24h", "64KiB") and read them ("1.5 MiB").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/model/error.h"

namespace seep::model {

// Seconds. A number with one of ms, s, m, h, d ("250ms", "1.5h"); a bare number is seconds.
// Rejects anything else, negative and zero.
Result<double> ParseDuration(std::string_view text);

// Bytes. A number with B, KiB, MiB, GiB, TiB or K, M, G, T (also powers of 1024); bare = bytes.
Result<uint64_t> ParseSize(std::string_view text);

// "1.5 MiB", "-340 B": three significant digits.
std::string FormatBytes(double bytes);

// "1.5 MiB/h"
std::string FormatBytesPerHour(double bytes_per_hour);

// As bytes where `unit` is "bytes", else "12.3 fds": three significant digits.
std::string FormatQuantity(double value, const std::string& unit);

// "42s", "3m07s", "2h05m", "1d03h"
std::string FormatDuration(double seconds);

// A moment of CLOCK_REALTIME as RFC 3339 in UTC, whole seconds; empty when it is no date.
std::string FormatTimestamp(int64_t realtime_ns);

}  // namespace seep::model
