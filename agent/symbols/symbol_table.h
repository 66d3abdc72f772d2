// SPDX-License-Identifier: Apache-2.0
// Function names from .symtab, .dynsym and .gnu_debugdata: all there is for a stripped module.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/symbols/elf_file.h"
#include "agent/symbols/interval_map.h"

namespace seep::symbols {

// Immutable once built. Names point into the files it was built from, which must outlive it.
class SymbolTable {
 public:
  SymbolTable() = default;
  // `sections` bounds the symbols without a size (hand-written assembly): such a symbol reaches to
  // the next symbol or the end of its section. Null files are skipped.
  SymbolTable(const std::vector<const ElfFile*>& files, const std::vector<CodeSection>& sections);

  // The linker name of the function at `address`, empty when no symbol covers it. Of several names
  // for one function: global before weak before local, fewer leading underscores, then the shorter
  // (malloc before __libc_malloc).
  std::string_view Find(uint64_t address) const;

 private:
  std::vector<const char*> names_;
  IntervalMap functions_;
};

}  // namespace seep::symbols
