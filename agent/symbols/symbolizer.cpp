// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/symbolizer.h"

#include <cstdio>
#include <string_view>
#include <utility>

#include "agent/symbols/module_symbols.h"

namespace seep::symbols {
namespace {

// The kernel's mark on a mapping whose file was unlinked. A file of the same path may be the same
// build again; its build id tells.
std::string WithoutDeletedMark(const std::string& path) {
  constexpr std::string_view kMark = " (deleted)";
  return path.ends_with(kMark) ? path.substr(0, path.size() - kMark.size()) : path;
}

std::string FileName(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

std::string Unresolved(const std::string& module_name, uint64_t address) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
  return module_name.empty() ? text : module_name + "+" + text;
}

}  // namespace

Symbolizer::Symbolizer(SymbolizerOptions options) : options_(std::move(options)) {}
Symbolizer::~Symbolizer() = default;

std::vector<model::SourceFrame> Symbolizer::Resolve(const model::Module& module, uint64_t address,
                                                    bool is_return_address) {
  const uint64_t wanted = is_return_address && address > 0 ? address - 1 : address;
  std::vector<model::SourceFrame> frames;
  if (const ModuleSymbols* symbols = SymbolsOf(module)) frames = symbols->Resolve(wanted);
  if (frames.empty()) frames.emplace_back();
  const std::string name = FileName(WithoutDeletedMark(module.path));
  for (model::SourceFrame& frame : frames) {
    if (frame.function.empty()) frame.function = Unresolved(name, address);
    frame.module = name;
  }
  return frames;
}

const ModuleSymbols* Symbolizer::SymbolsOf(const model::Module& module) {
  // Real modules have absolute paths; "[vdso]", "anon_inode:..." and the like are the kernel's.
  if (!module.path.starts_with('/')) return nullptr;
  auto& entry = modules_[{module.path, module.build_id}];
  if (!entry) {
    entry = std::make_unique<ModuleSymbols>(
        options_.sysroot + WithoutDeletedMark(module.path), module.build_id,
        DebugSearch{options_.debug_folders, options_.copy_limit_bytes, options_.server});
    warnings_.insert(warnings_.end(), entry->warnings().begin(), entry->warnings().end());
  }
  return entry.get();
}

}  // namespace seep::symbols
