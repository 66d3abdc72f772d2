// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/loaded_object.h"
#include "probes/preload/unwind/unwind_table.h"

namespace seep::probe::unwind {

bool FindUnwindTable(uint64_t address, UnwindTable* table) {
  LoadedObject object;
  if (!FindLoadedObject(address, &object) || object.eh_frame_header == 0) return false;
  table->header = object.eh_frame_header;
  // Between the segments of an object there are holes that nothing may read: one segment it is.
  for (uint64_t i = 0; i < object.segment_count; ++i) {
    const Elf64_Phdr& segment = object.segments[i];
    const uint64_t start = object.load_bias() + segment.p_vaddr;
    table->memory = {start, start + segment.p_memsz};
    if (segment.p_type == PT_LOAD && (segment.p_flags & PF_R) != 0 &&
        table->memory.Holds(table->header, 1)) {
      return true;
    }
  }
  return false;
}

}  // namespace seep::probe::unwind
