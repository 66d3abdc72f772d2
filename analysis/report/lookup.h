// SPDX-License-Identifier: Apache-2.0
// Finding the objects that a verdict names by id.
#pragma once

#include <vector>

#include "analysis/report/report.h"
#include "storage/model/run_data.h"
#include "storage/model/stack.h"

namespace seep::report {

// Null when the run has no such target. Valid as long as `data`.
const model::Target* FindTarget(const model::RunData& data, model::TargetId id);

// The symbolised frames; without them "libfoo.so+0x1234" for every frame.
std::vector<model::SourceFrame> StackFrames(const ReportInput& input, model::StackId stack);

}  // namespace seep::report
