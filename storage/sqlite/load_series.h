// SPDX-License-Identifier: Apache-2.0
// load_series and load_window: rows from and to model::LoadWindow. Private to the library; each
// within a transaction of the caller's.
#pragma once

#include <vector>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/model/load.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// A window that overlaps a stored one of its source and operation is passed over: whatever is told
// twice (a file that is read from its beginning by the next seep) is there once. So is one that
// has no length, or numbers that are none.
model::Status WriteLoad(Database& database, model::RunId run, const model::LoadWindow& window);

// One row, of a series that is there. `resolution_s`: 0: as told.
model::Status InsertLoadRow(Database& database, int64_t load_series, double resolution_s,
                            const model::LoadWindow& window);

// By source and operation, each ascending in time.
model::Result<std::vector<model::LoadWindow>> ReadLoad(Database& database, model::RunId run);

}  // namespace seep::sqlite
