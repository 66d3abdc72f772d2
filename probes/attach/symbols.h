// SPDX-License-Identifier: Apache-2.0
// The dynamic symbols of a loaded object, read from its memory.
#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probes/attach/loaded_objects.h"

namespace seep::attach {

// The dynamic symbols of an object with their names.
class Symbols {
 public:
  // Empty when they cannot be read.
  static Symbols Read(const Memory& memory, const LoadedObject& object);
  // The same as if the object were loaded somewhere else.
  Symbols At(uint64_t bias) const;

  size_t size() const { return symbols_.size(); }
  const Elf64_Sym& operator[](size_t index) const { return symbols_[index]; }
  uint64_t AddressOf(size_t index) const { return bias_ + symbols_[index].st_value; }
  std::string_view NameOf(size_t index) const;
  // Defined here and visible to others.
  bool IsDefinition(size_t index) const;
  // Run-time address of a defined function, nullopt: not here. An IFUNC is none: its value is not
  // the function.
  std::optional<uint64_t> FindFunction(std::string_view name) const;
  std::optional<uint64_t> FindVariable(std::string_view name) const;
  // Their indices: of functions, variables and all versions of them.
  std::span<const uint32_t> DefinitionsOf(std::string_view name) const;

 private:
  std::optional<uint64_t> Find(std::string_view name, unsigned char type) const;

  uint64_t bias_ = 0;
  std::vector<Elf64_Sym> symbols_;
  std::vector<uint32_t> by_name_;  // definitions
  std::string strings_;
};

}  // namespace seep::attach
