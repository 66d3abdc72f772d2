// SPDX-License-Identifier: Apache-2.0
// Addresses to frames with file and line, for a file with DWARF 2 to 5.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/symbols/debug_files.h"
#include "agent/symbols/elf_file.h"
#include "agent/symbols/scope_index.h"
#include "agent/symbols/symbol_table.h"
#include "storage/model/stack.h"

namespace seep::symbols {

// Keeps the DWARF sections in memory; line tables are decoded unit by unit, as addresses ask for
// them. One thread at a time. `file` must outlive it.
class DwarfInfo {
 public:
  // Null when the file has no usable DWARF. Problems worth telling are appended to `warnings`.
  static std::unique_ptr<DwarfInfo> Load(const ElfFile& file, const DebugSearch& search,
                                         std::vector<std::string>* warnings);

  // Innermost inlined call first; empty when no unit covers the address. `module` of the frames is
  // left empty. `symbols` names what the DWARF does not (assembly, static functions in C++).
  std::vector<model::SourceFrame> Resolve(uint64_t address, const SymbolTable& symbols) const;

 private:
  struct EndDwarf {
    void operator()(Dwarf* dwarf) const { dwarf_end(dwarf); }
  };
  using DwarfPtr = std::unique_ptr<Dwarf, EndDwarf>;

  std::string NameOf(const Scope& scope, uint64_t address, const SymbolTable& symbols) const;

  // Destroyed from the bottom up: the index and the main file refer to the shared one.
  std::unique_ptr<ElfFile> shared_file_;  // dwz's, or null
  DwarfPtr shared_;
  DwarfPtr dwarf_;
  std::unique_ptr<ScopeIndex> index_;
};

}  // namespace seep::symbols
