// SPDX-License-Identifier: Apache-2.0
// A histogram of times to answer as bytes of load_window.latency (docs/schema.md).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/load.h"

namespace seep::sqlite {

// Empty for an empty histogram.
std::string EncodeLatency(const std::vector<model::LatencyBucket>& latency);
// Of bytes that are none: what was understood before the first that is not.
std::vector<model::LatencyBucket> DecodeLatency(std::string_view bytes);

}  // namespace seep::sqlite
