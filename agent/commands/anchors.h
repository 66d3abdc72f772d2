// SPDX-License-Identifier: Apache-2.0
// What a user means by a baseline: one in the database, a file that was exported, or a run.
#pragma once

#include <string>
#include <vector>

#include "storage/model/baseline.h"
#include "storage/model/error.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

// In the order rolling, pinned. kInvalidArgument names the one that is not there, is named twice or
// is damaged, and the remedy.
model::Result<std::vector<model::Baseline>> FindAnchors(sqlite::Database& database,
                                                        const std::vector<std::string>& names);

// The summary of a stored run.
model::Result<model::RunSummary> SummarizeRun(sqlite::Database& database, const std::string& run);

// A run of this machine and program, where it was not told.
model::RunKey CompleteKey(model::RunKey key, const std::string& program);

// As the newest, once; of a rolling baseline the oldest beyond its number go.
void AddRun(model::Baseline& baseline, model::RunSummary run);

}  // namespace seep::agent
