// SPDX-License-Identifier: Apache-2.0
// Everything known about one module: its file, its debug file, its symbols and its DWARF.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "agent/symbols/debug_files.h"
#include "agent/symbols/dwarf_info.h"
#include "agent/symbols/elf_file.h"
#include "agent/symbols/symbol_table.h"
#include "storage/model/stack.h"

namespace seep::symbols {

// One thread at a time.
class ModuleSymbols {
 public:
  // Reads all there is; the files are closed again when the constructor returns. `path` is where
  // the module's file should be now. Only files with exactly `build_id` are used: a module that was
  // replaced since the run would give plausible and wrong names.
  ModuleSymbols(const std::string& path, const std::string& build_id, const DebugSearch& search);

  // Innermost inlined call first; empty when nothing covers the address. `module` is left empty.
  std::vector<model::SourceFrame> Resolve(uint64_t address) const;

  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  void OpenFile(const std::string& path, const std::string& build_id, const DebugSearch& search);
  void LoadSymbols(const std::string& path);

  std::vector<std::string> warnings_;
  std::unique_ptr<ElfFile> file_;  // null when missing or replaced
  std::unique_ptr<ElfFile> minidebug_;
  std::unique_ptr<ElfFile> debug_;    // separate debug file, or null
  SymbolTable symbols_;               // points into the three files
  std::unique_ptr<DwarfInfo> dwarf_;  // reads from file_ or debug_
};

}  // namespace seep::symbols
