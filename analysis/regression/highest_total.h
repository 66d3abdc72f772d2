// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "storage/model/run_data.h"

namespace seep::analysis {

// The most that all processes had together of a metric at any moment of the run, the start too: of
// each that lives its last value. What a limit is held against; one spike makes it.
std::optional<double> HighestTotal(const model::RunData& data, std::string_view metric);

}  // namespace seep::analysis
