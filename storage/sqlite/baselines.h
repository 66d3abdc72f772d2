// SPDX-License-Identifier: Apache-2.0
// Baselines in the database, and what each run was of. Each call is one transaction.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "storage/model/baseline.h"
#include "storage/model/error.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// By name, with their runs. kCorrupt names the baseline whose rows cannot be read.
model::Result<std::vector<model::Baseline>> ListBaselines(Database& database);

// Nothing: there is none of that name.
model::Result<std::optional<model::Baseline>> FindBaseline(Database& database,
                                                           std::string_view name);

// In place of one of the same name. Every run of it, also those that were there.
model::Status PutBaseline(Database& database, const model::Baseline& baseline);

// kNotFound names those that there are.
model::Status RemoveBaseline(Database& database, std::string_view name);

model::Status PutRunKey(Database& database, model::RunId run, const model::RunKey& key);
// Nothing: none was stored.
model::Result<std::optional<model::RunKey>> GetRunKey(Database& database, model::RunId run);

}  // namespace seep::sqlite
