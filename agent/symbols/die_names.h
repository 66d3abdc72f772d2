// SPDX-License-Identifier: Apache-2.0
// The name of a function's DIE. DIEs with a linkage name are easy; those without (static functions,
// lambdas, anonymous namespaces) only carry "Helper" or "operator()", and libdw has no way from a
// DIE to its parent. So the walk that builds the index notes where such functions are declared.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <string>
#include <vector>

namespace seep::symbols {

// Not thread-safe: libdw caches abbreviations on reads. The Dwarf must outlive it.
class DieNames {
 public:
  static constexpr uint32_t kTopLevel = 0xffffffff;

  explicit DieNames(Dwarf* dwarf) : dwarf_(dwarf) {}

  // A namespace, class or function that encloses others; returns its id for use as `parent`.
  uint32_t AddEnclosing(uint32_t parent, Dwarf_Off die);
  // `declaration` is declared in `enclosing`. Calls come in order of ascending offsets.
  void AddDeclaration(Dwarf_Off declaration, uint32_t enclosing);

  // The linker name, following abstract origins and specifications; null when there is none.
  static const char* LinkageName(Dwarf_Die die);
  // "ns::Class::Function", as far as known; empty when the DIE and its origins have no name.
  std::string QualifiedName(Dwarf_Die die) const;

  uint64_t HeapBytes() const {
    return enclosing_.capacity() * sizeof(Enclosing) +
           declarations_.capacity() * sizeof(Declaration);
  }

 private:
  struct Enclosing {
    uint32_t parent;
    Dwarf_Off die;
  };
  struct Declaration {
    Dwarf_Off die;
    uint32_t enclosing;
  };
  std::string Qualified(Dwarf_Die die, int depth) const;
  std::string Prefix(uint32_t enclosing, int depth) const;

  Dwarf* dwarf_;
  std::vector<Enclosing> enclosing_;
  std::vector<Declaration> declarations_;  // ascending by die
};

}  // namespace seep::symbols
