// SPDX-License-Identifier: Apache-2.0
// Brings a database of an older schema version to this one. Private to Database::Open.
#pragma once

#include <cstdint>
#include <string>

#include "storage/model/error.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// The database of version `from` >= kOldestSchemaVersion becomes one of kSchemaVersion: one
// transaction a version. On an error the file is of the version before the step that failed.
// Another process may do the same at the same time: one of them does it.
model::Status Migrate(Database& database, int64_t from);

// For a database that is only read: what its version lacks is there for this connection alone,
// empty.
model::Status AddMissing(Database& database, int64_t from);

// Lets the file give pages back to the file system, which a database of version 3 does not: a
// VACUUM, which needs room for two copies. Returns what kept it from it, for people; empty: done.
// The database works as well without, its file only does not become smaller.
std::string MakeShrinkable(Database& database);

}  // namespace seep::sqlite
