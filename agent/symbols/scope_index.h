// SPDX-License-Identifier: Apache-2.0
// Which function, and which chain of inlined calls, an address belongs to. One walk over all DIE
// trees collects the address ranges; after that a lookup is a binary search. dwarf_getscopes walks
// a unit's tree for each address and is slower by three orders of magnitude (docs/symbols.md).
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <limits>
#include <vector>

#include "agent/symbols/die_names.h"
#include "agent/symbols/elf_file.h"
#include "agent/symbols/interval_map.h"

namespace seep::symbols {

// A unit, a function in it, or a call inlined in one of these. Lexical blocks do not appear.
struct Scope {
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  enum class Kind : uint8_t { kUnit, kFunction, kInlined };

  Dwarf_Off die = 0;  // in the unit's file
  uint32_t unit = 0;
  // Of an inlined call: the scope it was inlined into, and where.
  uint32_t parent = kNone;
  uint32_t call_file = kNone;  // index in the unit's file table
  int call_line = 0;           // 0: code that the compiler merged from several calls
  Kind kind = Kind::kUnit;
};

// Immutable once built, but for libdw's caches: one thread at a time. The Dwarf must outlive it.
class ScopeIndex {
 public:
  // Ranges that begin outside `sections` are those of functions the linker threw away.
  ScopeIndex(Dwarf* dwarf, std::vector<CodeSection> sections);

  // Innermost scope first, ending with a function, or a unit alone where assembly has no functions.
  // Empty outside all units.
  std::vector<Scope> Find(uint64_t address) const;
  Dwarf_Die UnitDie(const Scope& scope) const { return units_[scope.unit]; }

  const DieNames& names() const { return names_; }
  uint64_t HeapBytes() const;

 private:
  friend class ScopeWalk;

  std::vector<Dwarf_Die> units_;
  std::vector<Scope> scopes_;
  IntervalMap innermost_;  // values index scopes_
  DieNames names_;
};

}  // namespace seep::symbols
