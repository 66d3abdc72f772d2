// SPDX-License-Identifier: Apache-2.0
// File and line from a unit's line table.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>

namespace seep::symbols {

struct SourcePosition {
  std::string file;  // empty when unknown
  int line = 0;      // 0 when unknown
};

// Of the code at `address`. The table of the unit is decoded on first use and kept by libdw.
SourcePosition PositionOf(Dwarf_Die unit, uint64_t address);

// `file` indexes the unit's file table, as DW_AT_call_file does.
SourcePosition PositionOfCall(Dwarf_Die unit, uint32_t file, int line);

}  // namespace seep::symbols
