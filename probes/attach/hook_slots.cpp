// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/hook_slots.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace seep::attach {
namespace {

using ledger::SlotChange;

constexpr size_t kMaxRelocations = 8 << 20;

bool IsOperator(std::string_view name) {
  return name.starts_with("_Zn") || name.starts_with("_Zd");
}

// Blocks from before the attach meet our operator delete, which is free; so the operators that
// made them must have ended in malloc. That is so in the C++ libraries, and in an allocator that
// brings malloc and operators together. A program with operators of its own keeps all of them.
bool EndsInMalloc(const LoadedProgram& program, size_t object) {
  const std::string_view name = program.objects()[object].name();
  if (name.starts_with("libstdc++.so") || name.starts_with("libc++.so") ||
      name.starts_with("libc++abi.so")) {
    return true;
  }
  const auto malloc = program.FindDefinition("malloc");
  return malloc && malloc->object == object && !program.objects()[object].is_main_program;
}

// Calls of an allocator to itself are not the program's, and we do not stand in the loader's way.
bool IsLeftAlone(const LoadedProgram& program, size_t object) {
  if (object == program.probe() || program.IsLoader(object) || program.IsKernels(object))
    return true;
  const auto malloc = program.FindDefinition("malloc");
  // libc allocates for others (strdup, getline) through its own slots.
  return malloc && malloc->object == object && object != program.libc() &&
         !program.objects()[object].is_main_program;
}

bool IsSlot(const Elf64_Rela& relocation) {
  const auto type = ELF64_R_TYPE(relocation.r_info);
  return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT ||
         (type == R_X86_64_64 && relocation.r_addend == 0);
}

// A jump slot that nobody has called yet leads back into its object's own PLT.
bool IsUnbound(const LoadedObject& object, const Symbols& symbols, const Elf64_Rela& relocation,
               uint64_t value) {
  return ELF64_R_TYPE(relocation.r_info) == R_X86_64_JUMP_SLOT && object.Holds(value) &&
         symbols.FindFunction(symbols.NameOf(ELF64_R_SYM(relocation.r_info))) != value;
}

}  // namespace

std::vector<NamedSlot> ReadSlots(const Memory& memory, const LoadedProgram& program, size_t object,
                                 const std::function<bool(std::string_view)>& is_wanted) {
  const LoadedObject& in = program.objects()[object];
  const Symbols& symbols = program.symbols(object);
  std::vector<NamedSlot> slots;
  for (const auto& [at, bytes] : {std::pair(in.relocations, in.relocations_bytes),
                                  std::pair(in.jump_slots, in.jump_slots_bytes)}) {
    const size_t count = std::min(bytes / sizeof(Elf64_Rela), kMaxRelocations);
    for (const Elf64_Rela& relocation : memory.ReadMany<Elf64_Rela>(at, count)) {
      if (!IsSlot(relocation)) continue;
      const std::string_view function = symbols.NameOf(ELF64_R_SYM(relocation.r_info));
      const uint64_t address = in.bias + relocation.r_offset;
      if (!is_wanted(function) || !in.Holds(address) || address % sizeof(uint64_t) != 0) continue;
      const auto value = memory.Read<uint64_t>(address);
      if (value) slots.push_back({address, *value, function, relocation});
    }
  }
  return slots;
}

int RankOf(std::string_view function) {
  constexpr std::array<std::string_view, 5> kBoth{"realloc", "reallocarray", "rallocx", "xallocx",
                                                  "mremap"};
  constexpr std::array<std::string_view, 7> kReleases{
      "free", "cfree", "dallocx", "sdallocx", "munmap", "free_sized", "free_aligned_sized"};
  if (std::find(kBoth.begin(), kBoth.end(), function) != kBoth.end()) return 1;
  const bool is_release =
      function.starts_with("_Zd") ||
      std::find(kReleases.begin(), kReleases.end(), function) != kReleases.end();
  return is_release ? 0 : 2;
}

std::vector<Hook> FindHooks(const LoadedProgram& program, const Symbols& exports,
                            Direction direction) {
  std::vector<Hook> hooks;
  bool takes_operators = true;
  for (size_t i = 0; i < exports.size(); ++i) {
    const std::string_view name = exports.NameOf(i);
    if (!exports.IsDefinition(i) || ELF64_ST_TYPE(exports[i].st_info) != STT_FUNC ||
        name.starts_with("seep_")) {
      continue;
    }
    const auto real = program.FindDefinition(name);
    if (!real) continue;
    if (direction == Direction::kToHooks && IsOperator(name) &&
        !EndsInMalloc(program, real->object)) {
      takes_operators = false;
    }
    hooks.push_back(
        {.name = std::string(name), .hook = exports.AddressOf(i), .real = real->address});
  }
  if (!takes_operators) std::erase_if(hooks, [](const Hook& h) { return IsOperator(h.name); });
  return hooks;
}

std::vector<SlotChange> FindSlots(const Memory& memory, const LoadedProgram& program,
                                  const std::vector<Hook>& hooks, Direction direction) {
  std::unordered_map<std::string_view, const Hook*> by_name;
  for (const Hook& hook : hooks) by_name.emplace(hook.name, &hook);
  struct Slot {
    SlotChange change;
    int rank;
  };
  std::vector<Slot> slots;
  for (size_t i = 0; i < program.objects().size(); ++i) {
    if (IsLeftAlone(program, i)) continue;
    const LoadedObject& object = program.objects()[i];
    const auto is_hooked = [&](std::string_view function) { return by_name.contains(function); };
    for (const NamedSlot& slot : ReadSlots(memory, program, i, is_hooked)) {
      const Hook& hook = *by_name.at(slot.function);
      const uint64_t from = direction == Direction::kToHooks ? hook.real : hook.hook;
      const uint64_t to = direction == Direction::kToHooks ? hook.hook : hook.real;
      // Anything else is a choice that the program has made itself (RTLD_DEEPBIND, its own hooks).
      const bool is_unbound = direction == Direction::kToHooks &&
                              IsUnbound(object, program.symbols(i), slot.relocation, slot.value);
      if (slot.value != from && !is_unbound) continue;
      slots.push_back({{.object_bias = object.bias,
                        .object_dynamic = object.dynamic,
                        .address = slot.address,
                        .expected = slot.value,
                        .bound = from,
                        .wanted = to,
                        .state = ledger::SlotState::kPlanned},
                       RankOf(slot.function)});
    }
  }
  // DT_RELA may hold the jump slots as well; then each was found twice.
  const auto address_of = [](const Slot& slot) { return slot.change.address; };
  std::ranges::sort(slots, {}, address_of);
  const auto doubles = std::ranges::unique(slots, {}, address_of);
  slots.erase(doubles.begin(), doubles.end());
  std::ranges::stable_sort(slots, {}, [direction](const Slot& slot) {
    return direction == Direction::kToHooks ? slot.rank : -slot.rank;
  });
  std::vector<SlotChange> changes;
  for (const Slot& slot : slots) changes.push_back(slot.change);
  return changes;
}

}  // namespace seep::attach
