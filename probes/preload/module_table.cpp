// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/module_table.h"

#include <cstring>

#include "probes/preload/ledger_growth.h"
#include "probes/preload/loaded_object.h"
#include "probes/preload/text.h"

namespace seep::probe {
namespace {

using ledger::Module;

// What tells one object from another.
struct Identity {
  uint64_t start;  // the run-time addresses that its segments span
  uint64_t end;
  const uint8_t* build_id;
  uint32_t build_id_bytes;  // 0: it has none
};

void ReadExtent(const LoadedObject& object, Identity* identity) {
  identity->start = object.start;
  identity->end = object.end;
  for (uint64_t i = 0; i < object.segment_count; ++i) {
    if (object.segments[i].p_type != PT_LOAD) continue;
    const uint64_t start = (object.load_bias() + object.segments[i].p_vaddr) & ~uint64_t{4095};
    const uint64_t end = start + object.segments[i].p_memsz;
    if (start < identity->start) identity->start = start;
    if (end > identity->end) identity->end = end;
  }
}

// The NT_GNU_BUILD_ID note. Reads only inside of what is loaded.
void ReadBuildId(const LoadedObject& object, Identity* identity) {
  for (uint64_t i = 0; i < object.segment_count; ++i) {
    if (object.segments[i].p_type != PT_NOTE) continue;
    uint64_t at = object.load_bias() + object.segments[i].p_vaddr;
    const uint64_t end = at + object.segments[i].p_memsz;
    if (at < identity->start || end > identity->end) continue;
    while (at + sizeof(Elf64_Nhdr) <= end) {
      const auto* note = reinterpret_cast<const Elf64_Nhdr*>(at);
      const uint64_t name = at + sizeof(Elf64_Nhdr);
      const uint64_t content = name + ((note->n_namesz + 3) & ~uint64_t{3});
      if (content + note->n_descsz > end) break;
      if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
          memcmp(reinterpret_cast<const char*>(name), "GNU", 4) == 0) {
        constexpr uint32_t kMaxBytes = sizeof(Module::build_id);
        identity->build_id = reinterpret_cast<const uint8_t*>(content);
        identity->build_id_bytes = note->n_descsz < kMaxBytes ? note->n_descsz : kMaxBytes;
        return;
      }
      at = content + ((note->n_descsz + 3) & ~uint64_t{3});
    }
  }
}

const char* PathOf(LedgerView view, const LoadedObject& object) {
  return object.is_main_program() ? view.header().exe : object.map->l_name;
}

bool IsSame(LedgerView view, const Module& module, const LoadedObject& object,
            const Identity& identity) {
  if (module.map_start != identity.start || module.load_bias != object.load_bias() ||
      module.build_id_bytes != identity.build_id_bytes) {
    return false;
  }
  if (identity.build_id_bytes != 0) {
    return memcmp(module.build_id, identity.build_id, identity.build_id_bytes) == 0;
  }
  return strncmp(module.path, PathOf(view, object), sizeof(module.path) - 1) == 0;
}

uint32_t AddModule(LedgerView view, const LoadedObject& object, const Identity& identity) {
  uint64_t id;
  if (!TakeModule(view, &id)) {
    view.CountLoss(ledger::kLossModuleTable);
    return ledger::kNoModule;
  }
  Module& module = view.modules()[id];
  module.load_bias = object.load_bias();
  module.map_start = identity.start;
  module.map_end = identity.end;
  module.build_id_bytes = identity.build_id_bytes;
  if (identity.build_id_bytes != 0) {
    memcpy(module.build_id, identity.build_id, identity.build_id_bytes);
  }
  CopyText(module.path, PathOf(view, object));
  module.published.store(1, std::memory_order_release);  // pairs with FindOrAddModule, reader
  return static_cast<uint32_t>(id);
}

// Two threads that meet a new object at once may give it two entries; readers do not mind.
uint32_t FindOrAddModule(LedgerView view, const LoadedObject& object) {
  Identity identity{};
  ReadExtent(object, &identity);
  ReadBuildId(object, &identity);
  const uint64_t count = view.header().modules_used.load(std::memory_order_relaxed);
  for (uint32_t id = 1; id < count; ++id) {
    const Module& module = view.modules()[id];
    if (module.published.load(std::memory_order_acquire) != 0 &&
        IsSame(view, module, object, identity)) {
      return id;
    }
  }
  return AddModule(view, object, identity);
}

}  // namespace

const link_map* FindLinkMap(uint64_t address) {
  LoadedObject object;
  return FindLoadedObject(address, &object) ? object.map : nullptr;
}

bool FindMapping(uint64_t address, uint64_t* start, uint64_t* end) {
  LoadedObject object;
  if (!FindLoadedObject(address, &object)) return false;
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
  LoadedObject object;
  if (!FindLoadedObject(inside, &object))
    return ledger::PackFrame(ledger::kNoModule, return_address);
  Known& known = known_[next_++ % kRemembered];
  known = {object.start, object.end, object.load_bias(), FindOrAddModule(view_, object)};
  // A module that found no place keeps its run-time address.
  if (known.module == ledger::kNoModule) known.load_bias = 0;
  return ledger::PackFrame(known.module, return_address - known.load_bias);
}

}  // namespace seep::probe
