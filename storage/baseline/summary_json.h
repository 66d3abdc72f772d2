// SPDX-License-Identifier: Apache-2.0
// A run summary as JSON: what databases and baseline files keep. Keys are added, never renamed.
#pragma once

#include <string>
#include <string_view>

#include "storage/model/error.h"
#include "storage/model/run_summary.h"

namespace seep::baseline {

// Valid UTF-8 whatever the names hold. Each frame is written once; stacks number them.
std::string ToJson(const model::RunSummary& summary);

// kCorrupt names the key that is missing or has a value that no seep has written. Unknown keys are
// passed over.
model::Result<model::RunSummary> ParseSummary(std::string_view json);

}  // namespace seep::baseline
