// SPDX-License-Identifier: Apache-2.0
// The objects that ld.so has loaded into a process, read from its memory by way of the debugger's
// interface (r_debug): no file is needed, so deleted libraries and other mount namespaces do not
// matter. Nothing found there is trusted: sizes are bounded, unreadable means absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/attach/memory.h"
#include "storage/model/error.h"

namespace seep::attach {

// The dynamic section of one object, as run-time addresses and sizes in bytes.
struct LoadedObject {
  uint64_t bias = 0;     // run-time address = bias + ELF virtual address
  uint64_t dynamic = 0;  // with the bias its identity
  std::string path;      // as ld.so knows it; the main program: empty
  std::string soname;    // DT_SONAME, empty: none
  uint64_t start = 0;    // of all its segments
  uint64_t end = 0;
  uint64_t unwind_table = 0;  // .eh_frame_hdr, 0: none
  uint64_t unwind_table_bytes = 0;

  uint64_t symbols = 0;
  uint64_t strings = 0;
  uint64_t strings_bytes = 0;
  uint64_t gnu_hash = 0;
  uint64_t sysv_hash = 0;
  uint64_t relocations = 0;  // DT_RELA
  uint64_t relocations_bytes = 0;
  uint64_t jump_slots = 0;  // DT_JMPREL
  uint64_t jump_slots_bytes = 0;

  bool is_main_program = false;
  bool Holds(uint64_t address) const { return address >= start && address < end; }
  bool IsSame(const LoadedObject& other) const {
    return bias == other.bias && dynamic == other.dynamic;
  }
  // "libc.so.6"; of the path when it has no soname.
  std::string_view name() const;
};

// In the order of loading: the main program first. kBusy: ld.so is changing the list just now, try
// again; kUnsupported: there is no list (static, or still starting).
model::Result<std::vector<LoadedObject>> ReadLoadedObjects(const Memory& memory);

// Load bias of the object that ld.so knows by this path, whatever else it is doing. nullopt: none.
std::optional<uint64_t> FindBias(const Memory& memory, const std::string& path);

// The dynamic section of an object's file, which lies in our memory as it is on disk: addresses are
// relative to where it would be loaded.
std::optional<LoadedObject> DescribeFile(const Memory& ours, uint64_t start);

}  // namespace seep::attach
