// SPDX-License-Identifier: Apache-2.0
// schema.sql, views.sql and migrations/ as built into the library. Both numbers are read from the
// PRAGMAs of schema.sql by CMake.
#pragma once

#include <cstdint>

namespace seep::sqlite {

extern const char* const kSchemaSql;
extern const char* const kViewsSql;
extern const uint32_t kApplicationId;  // marks a database as seep's
extern const int64_t kSchemaVersion;   // PRAGMA user_version

// The oldest version that can be migrated: no release wrote an older one.
inline constexpr int64_t kOldestSchemaVersion = 3;
// By the version that it starts from, from kOldestSchemaVersion on.
extern const char* const kMigrationSql[];

}  // namespace seep::sqlite
