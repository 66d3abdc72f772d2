// SPDX-License-Identifier: Apache-2.0
// The words through which a running program calls its allocator: the slots that ld.so filled for
// relocations by name (R_X86_64_JUMP_SLOT, GLOB_DAT, 64). Pointing them to libseep's functions of
// the same names is what LD_PRELOAD would have done. docs/attach.md, "Slots".
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/attach/loaded_program.h"
#include "probes/ledger/attach_request.h"

namespace seep::attach {

enum class Direction {
  kToHooks,  // attach
  kToReal,   // detach
};

// A function of libseep that stands in front of one of the program's.
struct Hook {
  std::string name;
  uint64_t hook = 0;  // address of libseep's
  uint64_t real = 0;  // of the one that the program uses
};

// Every function that libseep exports, but its own seep_*, and that the program has, too. To
// attach, operator new and delete only where they end in malloc and free for certain: see the .cpp.
std::vector<Hook> FindHooks(const LoadedProgram& program, const Symbols& exports,
                            Direction direction);

// A word that ld.so fills with the address of a function, by its name.
struct NamedSlot {
  uint64_t address = 0;
  uint64_t value = 0;
  std::string_view function;  // valid as long as the program's symbols
  Elf64_Rela relocation{};
};
// Those of one object whose function is wanted. One may be found twice: DT_RELA may hold the jump
// slots as well.
std::vector<NamedSlot> ReadSlots(const Memory& memory, const LoadedProgram& program, size_t object,
                                 const std::function<bool(std::string_view)>& is_wanted);

// The slots that still have to be changed, in the order in which they must be written: whenever a
// kill interrupts the writing, no block that is recorded can be freed unseen.
std::vector<ledger::SlotChange> FindSlots(const Memory& memory, const LoadedProgram& program,
                                          const std::vector<Hook>& hooks, Direction direction);

// 0: releases only, 1: releases and allocates (realloc), 2: allocates.
int RankOf(std::string_view function);

}  // namespace seep::attach
