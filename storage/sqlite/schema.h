// SPDX-License-Identifier: Apache-2.0
// schema.sql as built into the library. Both numbers are read from its PRAGMAs by CMake.
#pragma once

#include <cstdint>

namespace seep::sqlite {

extern const char* const kSchemaSql;
extern const uint32_t kApplicationId;  // marks a database as seep's
extern const int64_t kSchemaVersion;   // PRAGMA user_version

}  // namespace seep::sqlite
