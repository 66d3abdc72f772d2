// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/source_position.h"

#include <dwarf.h>

#include <filesystem>

namespace seep::symbols {
namespace {

// libdw leaves some names relative to the folder of compilation. Where that folder is itself
// relative
// (-ffile-prefix-map, as in Debian's packages) nothing is added: it would be there twice at times.
std::string FullPath(Dwarf_Die unit, const char* path) {
  std::filesystem::path full = path;
  Dwarf_Attribute attribute;
  if (full.is_relative() && dwarf_attr(&unit, DW_AT_comp_dir, &attribute) != nullptr) {
    const char* folder = dwarf_formstring(&attribute);
    if (folder != nullptr && *folder == '/') full = folder / full;
  }
  return full.lexically_normal().string();
}

}  // namespace

SourcePosition PositionOf(Dwarf_Die unit, uint64_t address) {
  SourcePosition position;
  // Where a sequence of rows ends just where the next one starts, libdw at times takes the ended
  // one's last row, which is empty: 1 of 2138 functions of symbols_test begins in another's file.
  // Preferring rows that begin a statement repairs that one and breaks 23 others.
  Dwarf_Line* row = dwarf_getsrc_die(&unit, address);
  if (row == nullptr) return position;
  const char* file = dwarf_linesrc(row, nullptr, nullptr);
  if (file != nullptr) position.file = FullPath(unit, file);
  dwarf_lineno(row, &position.line);
  return position;
}

SourcePosition PositionOfCall(Dwarf_Die unit, uint32_t file, int line) {
  Dwarf_Files* files = nullptr;
  size_t file_count = 0;
  if (dwarf_getsrcfiles(&unit, &files, &file_count) != 0 || file >= file_count) return {};
  const char* path = dwarf_filesrc(files, file, nullptr, nullptr);
  return path != nullptr ? SourcePosition{FullPath(unit, path), line} : SourcePosition{};
}

}  // namespace seep::symbols
