// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/die_names.h"

#include <dwarf.h>

#include <algorithm>

#include "agent/symbols/demangle.h"

namespace seep::symbols {
namespace {

// The declaration that a concrete or inlined instance stands for. Corrupt chains may be circular.
Dwarf_Die Root(Dwarf_Die die) {
  constexpr int kMaxHops = 16;  // libdw's own limit in dwarf_attr_integrate
  for (int hop = 0; hop < kMaxHops; ++hop) {
    Dwarf_Attribute reference;
    Dwarf_Die next;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &reference) == nullptr &&
        dwarf_attr(&die, DW_AT_specification, &reference) == nullptr) {
      break;
    }
    if (dwarf_formref_die(&reference, &next) == nullptr) break;  // dwz file not found
    die = next;
  }
  return die;
}

}  // namespace

uint32_t DieNames::AddEnclosing(uint32_t parent, Dwarf_Off die) {
  enclosing_.push_back({parent, die});
  return static_cast<uint32_t>(enclosing_.size() - 1);
}

void DieNames::AddDeclaration(Dwarf_Off declaration, uint32_t enclosing) {
  declarations_.push_back({declaration, enclosing});
}

const char* DieNames::LinkageName(Dwarf_Die die) {
  for (unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&die, name, &attribute) != nullptr) {
      return dwarf_formstring(&attribute);
    }
  }
  return nullptr;
}

std::string DieNames::QualifiedName(Dwarf_Die die) const {
  return Qualified(die, 0);
}

std::string DieNames::Qualified(Dwarf_Die die, int depth) const {
  const char* name = dwarf_diename(&die);
  if (name == nullptr) return {};
  Dwarf_Die root = Root(die);
  // Offsets of other files (.dwo, dwz) mean something else.
  if (dwarf_cu_getdwarf(root.cu) != dwarf_) return name;
  const Dwarf_Off offset = dwarf_dieoffset(&root);
  const auto found = std::lower_bound(
      declarations_.begin(), declarations_.end(), offset,
      [](const Declaration& known, Dwarf_Off wanted) { return known.die < wanted; });
  if (found == declarations_.end() || found->die != offset) return name;
  return Prefix(found->enclosing, depth) + name;
}

std::string DieNames::Prefix(uint32_t enclosing, int depth) const {
  constexpr int kMaxDepth = 8;  // of functions declared in functions; corrupt files have cycles
  std::string prefix;
  // Parents have smaller ids than their children, so this ends.
  for (uint32_t id = enclosing; id != kTopLevel; id = enclosing_[id].parent) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf_, enclosing_[id].die, &die) == nullptr) break;
    if (dwarf_tag(&die) == DW_TAG_subprogram) {  // its name says what encloses it
      const char* linkage_name = LinkageName(die);
      if (linkage_name != nullptr) return Demangle(linkage_name) + "::" + prefix;
      if (depth < kMaxDepth) return Qualified(die, depth + 1) + "::" + prefix;
      break;
    }
    const char* name = dwarf_diename(&die);
    const bool is_namespace = dwarf_tag(&die) == DW_TAG_namespace;
    const char* unnamed = is_namespace ? "(anonymous namespace)" : "(anonymous class)";  // a lambda
    prefix = std::string(name != nullptr ? name : unnamed) + "::" + prefix;
  }
  return prefix;
}

}  // namespace seep::symbols
