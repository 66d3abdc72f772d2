// SPDX-License-Identifier: Apache-2.0
// The one entry point: everything stored of a run in, the verdict out. A pure function: the same
// data give the same verdict, bit for bit.
#pragma once

#include "storage/model/run_data.h"
#include "storage/model/verdict.h"

namespace seep::analysis {

model::Verdict Analyze(const model::RunData& data);

}  // namespace seep::analysis
