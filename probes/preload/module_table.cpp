// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/module_table.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <cstring>

#include "probes/preload/ledger_growth.h"
#include "probes/preload/text.h"

namespace seep::probe {
namespace {

using ledger::Module;

struct BuildId {
  const uint8_t* bytes = nullptr;
  uint32_t length = 0;
};

struct MappedObject {
  uint64_t start;
  uint64_t end;
  const link_map* map;
};

// The NT_GNU_BUILD_ID note of an object whose ELF header is mapped at its start, as linkers lay
// it out. Reads only inside the mapping.
BuildId FindBuildId(const MappedObject& object) {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(object.start);
  if (object.end - object.start < sizeof(Elf64_Ehdr) ||
      memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_phoff > 4096 - sizeof(Elf64_Phdr) ||
      header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr) > 4096) {
    return {};
  }
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(object.start + header->e_phoff);
  for (int i = 0; i < header->e_phnum; ++i) {
    if (segments[i].p_type != PT_NOTE) continue;
    uint64_t at = object.map->l_addr + segments[i].p_vaddr;
    const uint64_t end = at + segments[i].p_memsz;
    if (at < object.start || end > object.end) continue;
    while (at + sizeof(Elf64_Nhdr) <= end) {
      const auto* note = reinterpret_cast<const Elf64_Nhdr*>(at);
      const uint64_t name = at + sizeof(Elf64_Nhdr);
      const uint64_t content = name + ((note->n_namesz + 3) & ~uint64_t{3});
      if (content + note->n_descsz > end) break;
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
          memcmp(reinterpret_cast<const char*>(name), "GNU", 4) == 0) {
        const uint32_t length = note->n_descsz;
        return {reinterpret_cast<const uint8_t*>(content),
                length < sizeof(Module::build_id)
                    ? length
                    : static_cast<uint32_t>(sizeof(Module::build_id))};
      }
      at = content + ((note->n_descsz + 3) & ~uint64_t{3});
    }
  }
  return {};
}

const char* PathOf(LedgerView view, const link_map* map) {
  // The loader names the main program by an empty string.
  const bool is_main_program = map->l_name == nullptr || map->l_name[0] == '\0';
  return is_main_program ? view.header().exe : map->l_name;
}

bool IsSame(LedgerView view, const Module& module, const MappedObject& object,
            const BuildId& build_id) {
  if (module.map_start != object.start || module.load_bias != object.map->l_addr ||
      module.build_id_bytes != build_id.length) {
    return false;
  }
  if (build_id.length != 0) return memcmp(module.build_id, build_id.bytes, build_id.length) == 0;
  return strncmp(module.path, PathOf(view, object.map), sizeof(module.path) - 1) == 0;
}

uint32_t AddModule(LedgerView view, const MappedObject& object, const BuildId& build_id) {
  uint64_t id;
  if (!TakeModule(view, &id)) {
    view.CountLoss(ledger::kLossModuleTable);
    return ledger::kNoModule;
  }
  Module& module = view.modules()[id];
  module.load_bias = object.map->l_addr;
  module.map_start = object.start;
  module.map_end = object.end;
  module.build_id_bytes = build_id.length;
  if (build_id.length != 0) memcpy(module.build_id, build_id.bytes, build_id.length);
  CopyText(module.path, PathOf(view, object.map));
  module.published.store(1, std::memory_order_release);  // pairs with FindOrAddModule, reader
  return static_cast<uint32_t>(id);
}

// Two threads that meet a new object at once may give it two entries; readers do not mind.
uint32_t FindOrAddModule(LedgerView view, const MappedObject& object) {
  const BuildId build_id = FindBuildId(object);
  const uint64_t count = view.header().modules_used.load(std::memory_order_relaxed);
  for (uint32_t id = 1; id < count; ++id) {
    const Module& module = view.modules()[id];
    if (module.published.load(std::memory_order_acquire) != 0 &&
        IsSame(view, module, object, build_id)) {
      return id;
    }
  }
  return AddModule(view, object, build_id);
}

bool FindObject(uint64_t address, MappedObject* object) {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return false;
  *object = {reinterpret_cast<uint64_t>(found.dlfo_map_start),
             reinterpret_cast<uint64_t>(found.dlfo_map_end), found.dlfo_link_map};
  return true;
}

}  // namespace

const link_map* FindLinkMap(uint64_t address) {
  MappedObject object;
  return FindObject(address, &object) ? object.map : nullptr;
}

bool FindMapping(uint64_t address, uint64_t* start, uint64_t* end) {
  MappedObject object;
  if (!FindObject(address, &object)) return false;
  *start = object.start;
  *end = object.end;
  return true;
}

uint64_t FramePacker::Pack(uint64_t return_address) {
  const uint64_t inside = return_address - 1;
  for (const Known& known : known_) {
    if (inside >= known.start && inside < known.end) {
      return ledger::PackFrame(known.module, return_address - known.load_bias);
    }
  }
  MappedObject object;
  if (!FindObject(inside, &object)) return ledger::PackFrame(ledger::kNoModule, return_address);
  Known& known = known_[next_++ % kRemembered];
  known = {object.start, object.end, object.map->l_addr, FindOrAddModule(view_, object)};
  // A module that found no place keeps its run-time address.
  if (known.module == ledger::kNoModule) known.load_bias = 0;
  return ledger::PackFrame(known.module, return_address - known.load_bias);
}

}  // namespace seep::probe
