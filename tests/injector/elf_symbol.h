// SPDX-License-Identifier: Apache-2.0
// Finds a function's code in this process by name, in .dynsym and .symtab of the ELF file.
// Called once, in the constructor: it opens and maps the file.
#pragma once

#include <cstddef>
#include <cstdint>

namespace seep_leak {

// A return address belongs to the function when `begin < address <= begin + size_bytes`.
struct CodeRange {
  uintptr_t begin = 0;
  size_t size_bytes = 0;

  bool HoldsReturnAddress(uintptr_t address) const { return address - begin - 1 < size_bytes; }
};

// The compiler may have split one function into clones (.isra.0, .constprop.0, .part.0).
struct CodeRanges {
  static constexpr size_t kMax = 8;
  CodeRange range[kMax];
  size_t used = 0;

  bool HoldsReturnAddress(uintptr_t address) const {
    for (size_t i = 0; i < used; ++i) {
      if (range[i].HoldsReturnAddress(address)) return true;
    }
    return false;
  }
};

// `library`: basename of a loaded object, with or without what follows ".so"; null = executable.
// `function`: the symbol's name, or the unmangled name of a C++ function without its scope.
// Empty when there is none. Ranges are run-time addresses.
CodeRanges FindFunction(const char* library, const char* function);

}  // namespace seep_leak
