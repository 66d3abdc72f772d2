// SPDX-License-Identifier: Apache-2.0
// Resolved frames kept in the database, so that a report resolves each address once.
// Objects without a build id are not cached: nothing tells two of them apart.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/error.h"
#include "storage/model/stack.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

struct CachedSymbol {
  std::string build_id;                    // of the module, lower-case hexadecimal
  uint64_t address = 0;                    // as in model::Frame
  std::vector<model::SourceFrame> frames;  // innermost first, at least one
};

// The frames of an address, innermost first; nothing when it is not cached.
model::Result<std::optional<std::vector<model::SourceFrame>>> GetSymbol(Database& database,
                                                                        std::string_view build_id,
                                                                        uint64_t address);

// Adds or replaces, in one transaction. kIo on a database opened for reading only.
model::Status PutSymbols(Database& database, std::span<const CachedSymbol> symbols);

}  // namespace seep::sqlite
