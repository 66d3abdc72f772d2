// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/module_symbols.h"

#include "agent/symbols/demangle.h"

namespace seep::symbols {

ModuleSymbols::ModuleSymbols(const std::string& path, const std::string& build_id,
                             const DebugSearch& search) {
  OpenFile(path, build_id, search);
  if (!file_) {
    // The build id vouches for the debug file even when the module itself is gone.
    debug_ = FindByBuildId(search, build_id);
  } else if (!file_->HasSection(".debug_info") && !file_->HasSection(".zdebug_info")) {
    minidebug_ = file_->Minidebug();
    debug_ = FindDebugFile(search, *file_);
  }
  if (!file_ && !debug_) return;

  LoadSymbols(path);
  const ElfFile& with_dwarf = debug_ ? *debug_ : *file_;
  if (with_dwarf.HasSection(".debug_info") || with_dwarf.HasSection(".zdebug_info")) {
    dwarf_ = DwarfInfo::Load(with_dwarf, search, &warnings_);
  }
  for (ElfFile* file : {file_.get(), minidebug_.get(), debug_.get()}) {
    if (file != nullptr) file->Detach();
  }
}

void ModuleSymbols::OpenFile(const std::string& path, const std::string& build_id,
                             const DebugSearch& search) {
  auto opened = ElfFile::Open(path, search.copy_limit_bytes);
  if (!opened) {
    warnings_.push_back(opened.error().message);
    return;
  }
  const std::string found = (*opened)->BuildId();
  if (found != build_id) {
    const auto name = [](const std::string& id) { return id.empty() ? "none" : id; };
    warnings_.push_back(path + ": replaced since the run (build id " + name(found) +
                        ", the run's " + name(build_id) + "): not used");
    return;
  }
  if (build_id.empty()) {
    warnings_.push_back(path + ": has no build id: its names are wrong if it was replaced");
  }
  file_ = std::move(*opened);
}

void ModuleSymbols::LoadSymbols(const std::string& path) {
  std::vector<CodeSection> sections;
  if (file_) sections = file_->CodeSections();
  if (sections.empty() && debug_) sections = debug_->CodeSections();
  if (sections.empty()) warnings_.push_back(path + ": damaged, or without section headers");
  symbols_ = SymbolTable({file_.get(), debug_.get(), minidebug_.get()}, sections);
}

std::vector<model::SourceFrame> ModuleSymbols::Resolve(uint64_t address) const {
  std::vector<model::SourceFrame> frames;
  if (dwarf_) frames = dwarf_->Resolve(address, symbols_);
  if (!frames.empty()) return frames;
  const std::string_view name = symbols_.Find(address);
  if (!name.empty()) frames.emplace_back().function = Demangle(name);
  return frames;
}

}  // namespace seep::symbols
