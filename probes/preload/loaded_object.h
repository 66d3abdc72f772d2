// SPDX-License-Identifier: Apache-2.0
// The loaded object that holds an address, and its program headers. By _dl_find_object only: no
// lock, so that it works at any allocation, also those that the loader makes.
#pragma once

#include <elf.h>
#include <link.h>

#include <cstdint>

namespace seep::probe {

struct LoadedObject {
  // What _dl_find_object vouches for: all of the object, or, of a program with gaps between
  // its segments, the one segment that holds the address.
  uint64_t start = 0;
  uint64_t end = 0;
  const link_map* map = nullptr;
  uint64_t eh_frame_header = 0;  // 0: no PT_GNU_EH_FRAME
  const Elf64_Phdr* segments = nullptr;
  uint64_t segment_count = 0;  // 0: the headers are not where linkers put them

  uint64_t load_bias() const { return map->l_addr; }
  bool is_main_program() const { return map->l_name == nullptr || map->l_name[0] == '\0'; }
};

// False: no object is loaded there.
bool FindLoadedObject(uint64_t address, LoadedObject* object);

}  // namespace seep::probe
