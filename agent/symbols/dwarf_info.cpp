// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/dwarf_info.h"

#include <dwarf.h>
#include <elfutils/libdwelf.h>

#include "agent/symbols/demangle.h"
#include "agent/symbols/source_position.h"

namespace seep::symbols {
namespace {

// In these a function without a linkage name has its plain name in the symbol table, too.
bool IsMangledLanguage(Dwarf_Die unit) {
  switch (dwarf_srclang(&unit)) {
    case DW_LANG_C_plus_plus:
    case DW_LANG_C_plus_plus_03:
    case DW_LANG_C_plus_plus_11:
    case DW_LANG_C_plus_plus_14:
    case DW_LANG_ObjC_plus_plus:
    case DW_LANG_Rust:
    case DW_LANG_D:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::unique_ptr<DwarfInfo> DwarfInfo::Load(const ElfFile& file, const DebugSearch& search,
                                           std::vector<std::string>* warnings) {
  DwarfPtr dwarf(dwarf_begin_elf(file.elf(), DWARF_C_READ, nullptr));
  if (!dwarf) {
    warnings->push_back(file.path() + ": debug information unreadable: " + dwarf_errmsg(-1));
    return nullptr;
  }
  auto self = std::make_unique<DwarfInfo>();
  const char* name = nullptr;
  const void* id = nullptr;
  const ssize_t id_length = dwelf_dwarf_gnu_debugaltlink(dwarf.get(), &name, &id);
  if (id_length > 0) {
    const std::string build_id = ToHex(id, static_cast<size_t>(id_length));
    self->shared_file_ = FindSharedFile(search, file.path(), name, build_id);
    if (self->shared_file_) {
      self->shared_.reset(dwarf_begin_elf(self->shared_file_->elf(), DWARF_C_READ, nullptr));
      self->shared_file_->Detach();
    }
    if (self->shared_) {
      dwarf_setalt(dwarf.get(), self->shared_.get());
    } else {
      warnings->push_back(file.path() + ": its shared debug file " + name +
                          " is not installed: some functions have no name");
    }
  }
  self->dwarf_ = std::move(dwarf);
  self->index_ = std::make_unique<ScopeIndex>(self->dwarf_.get(), file.CodeSections());
  return self;
}

std::vector<model::SourceFrame> DwarfInfo::Resolve(uint64_t address,
                                                   const SymbolTable& symbols) const {
  std::vector<model::SourceFrame> frames;
  const std::vector<Scope> chain = index_->Find(address);
  if (chain.empty()) return frames;
  const Dwarf_Die unit = index_->UnitDie(chain.front());
  SourcePosition position = PositionOf(unit, address);
  for (const Scope& scope : chain) {
    model::SourceFrame frame;
    frame.function = NameOf(scope, address, symbols);
    frame.file = std::move(position.file);
    frame.line = position.line;
    frame.is_inlined = scope.kind == Scope::Kind::kInlined;
    frames.push_back(std::move(frame));
    position = PositionOfCall(unit, scope.call_file, scope.call_line);
  }
  frames.back().is_inlined = false;
  return frames;
}

std::string DwarfInfo::NameOf(const Scope& scope, uint64_t address,
                              const SymbolTable& symbols) const {
  Dwarf_Die unit = index_->UnitDie(scope);
  Dwarf_Die die;
  const bool has_die = scope.kind != Scope::Kind::kUnit &&
                       dwarf_offdie(dwarf_cu_getdwarf(unit.cu), scope.die, &die) != nullptr;
  if (has_die) {
    // C's linkage names are aliases: __GI___libc_malloc for __libc_malloc.
    const char* name = IsMangledLanguage(unit) ? nullptr : dwarf_diename(&die);
    if (name != nullptr) return name;
    if (const char* linkage_name = DieNames::LinkageName(die)) return Demangle(linkage_name);
  }
  if (scope.kind != Scope::Kind::kInlined) {
    const std::string_view name = symbols.Find(address);
    if (!name.empty()) return Demangle(name);
  }
  return has_die ? index_->names().QualifiedName(die) : std::string();
}

}  // namespace seep::symbols
