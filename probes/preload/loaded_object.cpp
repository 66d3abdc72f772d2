// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/loaded_object.h"

#include <dlfcn.h>
#include <sys/auxv.h>

#include <cstring>

namespace seep::probe {
namespace {

// The program headers behind an ELF header, in the page of it, as linkers lay them out.
void TakeHeadersAt(uint64_t address, LoadedObject* object) {
  constexpr uint64_t kPageBytes = 4096;
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(address);
  if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phoff > kPageBytes ||
      header->e_phentsize != sizeof(Elf64_Phdr) ||
      header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr) > kPageBytes) {
    return;
  }
  object->segments = reinterpret_cast<const Elf64_Phdr*>(address + header->e_phoff);
  object->segment_count = header->e_phnum;
}

}  // namespace

bool FindLoadedObject(uint64_t address, LoadedObject* object) {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return false;
  *object = {.start = reinterpret_cast<uint64_t>(found.dlfo_map_start),
             .end = reinterpret_cast<uint64_t>(found.dlfo_map_end),
             .map = found.dlfo_link_map,
             .eh_frame_header = reinterpret_cast<uint64_t>(found.dlfo_eh_frame)};
  if (object->end - object->start >= sizeof(Elf64_Ehdr)) TakeHeadersAt(object->start, object);
  // Only a program linked at fixed addresses can have gaps: libraries are mapped in one piece.
  if (object->segment_count == 0 && object->is_main_program()) {
    object->segments = reinterpret_cast<const Elf64_Phdr*>(getauxval(AT_PHDR));
    object->segment_count = object->segments != nullptr ? getauxval(AT_PHNUM) : 0;
  }
  return true;
}

}  // namespace seep::probe
