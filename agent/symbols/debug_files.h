// SPDX-License-Identifier: Apache-2.0
// Where the debug information of a stripped file lies: in local files, then on a symbol server
// where there is one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "agent/symbols/elf_file.h"

namespace seep::symbols {

class SymbolServer;

struct DebugSearch {
  std::vector<std::string> folders;  // in order, e.g. /usr/lib/debug
  uint64_t copy_limit_bytes = 0;     // see ElfFile::Open
  SymbolServer* server = nullptr;    // asked last; null: nobody is
};

// FOLDER/.build-id/ab/cdef.debug, or from the server. Null when there is none with that build id.
std::unique_ptr<ElfFile> FindByBuildId(const DebugSearch& search, std::string_view build_id);

// By build id, then by debug link: beside the file, in .debug/ beside it, in FOLDER/<its folder>;
// then from the server.
// A linked file must have the same build id, or the link's checksum where there is no build id.
std::unique_ptr<ElfFile> FindDebugFile(const DebugSearch& search, const ElfFile& file);

// The file that dwz moved shared parts to (.gnu_debugaltlink), named relative to `debug_file`.
std::unique_ptr<ElfFile> FindSharedFile(const DebugSearch& search, const std::string& debug_file,
                                        const std::string& name, std::string_view build_id);

}  // namespace seep::symbols
