// SPDX-License-Identifier: Apache-2.0
// Addresses to function, file and line (docs/symbols.md). Reports and live views make one, resolve
// each distinct frame once, and drop it: while it lives it holds the debug information in memory.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "storage/model/stack.h"

namespace seep::symbols {

class ModuleSymbols;
class SymbolServer;

struct SymbolizerOptions {
  // Searched for .build-id/ab/cdef.debug and, with the module's folder appended, for debug links.
  std::vector<std::string> debug_folders = {"/usr/lib/debug"};
  // Put before module paths, e.g. /proc/PID/root for a target in a container.
  std::string sysroot = {};
  // Larger files are mapped instead of copied: less memory, but overwriting such a file in place
  // while it is in use here is fatal.
  uint64_t copy_limit_bytes = uint64_t{1} << 30;
  // Asked for what is not here; null: nobody is, whatever DEBUGINFOD_URLS says.
  SymbolServer* server = nullptr;
};

// One thread at a time.
class Symbolizer {
 public:
  explicit Symbolizer(SymbolizerOptions options = {});
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // Innermost inlined call first, the real function last; at least one frame. `address` is an ELF
  // virtual address in the module. A return address belongs to the call before it, so address - 1
  // is looked up; the innermost frame of a sample is one too, an interrupted pc is not.
  // What cannot be resolved is "libfoo.so+0x1234" with the address as given.
  std::vector<model::SourceFrame> Resolve(const model::Module& module, uint64_t address,
                                          bool is_return_address);

  // One line for each problem met so far, such as a module that was replaced since the run.
  const std::vector<std::string>& Warnings() const { return warnings_; }

 private:
  // Null for what has no file: "[vdso]", no module.
  const ModuleSymbols* SymbolsOf(const model::Module& module);

  SymbolizerOptions options_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<ModuleSymbols>> modules_;
  std::vector<std::string> warnings_;
};

}  // namespace seep::symbols
