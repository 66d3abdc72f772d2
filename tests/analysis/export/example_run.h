// SPDX-License-Identifier: Apache-2.0
// A run of 100 s with three processes: `shop` (pid 10), which lives to its end and has had an exec,
// its child (pid 11), which ended in the middle, and `disk` (pid 12).
#pragma once

#include "storage/model/run_data.h"

namespace seep::exports {

inline constexpr model::TargetId kShop{1}, kChild{2}, kDisk{3};

model::RunData ExampleRun();

}  // namespace seep::exports
