// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/bypass.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "probes/attach/hook_slots.h"

namespace seep::attach {
namespace {

// What the probe exports for its own sake: nothing is allocated or released there.
bool HandsOutMemory(std::string_view name) {
  constexpr std::array<std::string_view, 3> kOthers{"dlclose", "prctl", "syscall"};
  return std::find(kOthers.begin(), kOthers.end(), name) == kOthers.end();
}

// Not exported by the probe, which redirects the slots of what is loaded at the start
// (docs/entry_points.md): a slot to jemalloc's function itself is one that it missed.
constexpr std::array<std::string_view, 5> kJemallocsOwn{"mallocx", "rallocx", "xallocx", "dallocx",
                                                        "sdallocx"};

}  // namespace

std::vector<Bypass> FindBypasses(const Memory& memory, const LoadedProgram& program) {
  std::vector<Bypass> bypasses;
  const auto probe = program.probe();
  if (!probe) return bypasses;
  std::vector<size_t> allocators;  // in the order in which names are looked up
  for (size_t i = 0; i < program.objects().size(); ++i) {
    if (!program.IsLoader(i) && !program.symbols(i).DefinitionsOf("malloc").empty())
      allocators.push_back(i);
  }
  std::unordered_set<std::string_view> names;
  std::unordered_map<uint64_t, size_t> passed_by;  // address of a function: its allocator
  const auto add = [&](std::string_view name, bool is_first_hooked) {
    names.insert(name);
    bool is_hooked = is_first_hooked;
    for (const size_t allocator : allocators) {
      const auto address = program.symbols(allocator).FindFunction(name);
      if (!address) continue;
      if (!is_hooked && allocator != *probe) passed_by.emplace(*address, allocator);
      is_hooked = false;
    }
  };
  // The first that has a name leads to the hooks: as the probe, as a wrapper before it, or because
  // slots to it are what an attach redirects. Those behind it do not.
  const Symbols& own = program.symbols(*probe);
  for (size_t i = 0; i < own.size(); ++i) {
    const std::string_view name = own.NameOf(i);
    if (own.IsDefinition(i) && HandsOutMemory(name)) add(name, /*is_first_hooked=*/true);
  }
  for (const std::string_view name : kJemallocsOwn) add(name, /*is_first_hooked=*/false);
  const auto is_wanted = [&](std::string_view function) { return names.contains(function); };
  for (size_t i = 0; i < program.objects().size(); ++i) {
    if (i == *probe || program.IsLoader(i)) continue;
    for (const NamedSlot& slot : ReadSlots(memory, program, i, is_wanted)) {
      const auto found = passed_by.find(slot.value);
      if (found == passed_by.end() || found->second == i) continue;
      bypasses.push_back({.object = program.objects()[i].path,
                          .allocator = std::string(program.objects()[found->second].name()),
                          .is_jemallocs_own = std::find(kJemallocsOwn.begin(), kJemallocsOwn.end(),
                                                        slot.function) != kJemallocsOwn.end()});
      break;
    }
  }
  return bypasses;
}

}  // namespace seep::attach
