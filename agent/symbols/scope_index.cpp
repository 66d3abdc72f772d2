// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/scope_index.h"

#include <dwarf.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace seep::symbols {
namespace {

bool StartsInCode(const std::vector<CodeSection>& sections, uint64_t address) {
  const auto after = std::upper_bound(
      sections.begin(), sections.end(), address,
      [](uint64_t wanted, const CodeSection& section) { return wanted < section.low; });
  return after != sections.begin() && address < std::prev(after)->high;
}

uint64_t Unsigned(Dwarf_Die* die, unsigned name, uint64_t if_missing) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = if_missing;
  if (dwarf_attr(die, name, &attribute) != nullptr) dwarf_formudata(&attribute, &value);
  return value;
}

bool HoldsFunctions(int tag) {
  switch (tag) {
    case DW_TAG_lexical_block:
    case DW_TAG_namespace:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_enumeration_type:  // Rust has methods on these
    case DW_TAG_interface_type:
    case DW_TAG_module:
    case DW_TAG_try_block:
    case DW_TAG_catch_block:
    case DW_TAG_with_stmt:
      return true;
    default:
      return false;
  }
}

// Has no linkage name of its own or elsewhere, so its name needs its surroundings.
bool NeedsQualifying(Dwarf_Die* die) {
  for (unsigned name :
       {DW_AT_linkage_name, DW_AT_MIPS_linkage_name, DW_AT_abstract_origin, DW_AT_specification}) {
    if (dwarf_hasattr(die, name) != 0) return false;
  }
  return dwarf_hasattr(die, DW_AT_name) != 0;
}

}  // namespace

// Fills an index; lives as long as its construction.
class ScopeWalk {
 public:
  ScopeWalk(ScopeIndex* index, Dwarf* dwarf, std::vector<CodeSection> sections)
      : index_(index), dwarf_(dwarf), sections_(std::move(sections)) {}

  void AddUnit(Dwarf_Die skeleton, Dwarf_Die unit) {
    has_offsets_ = dwarf_cu_getdwarf(unit.cu) == dwarf_;
    index_->units_.push_back(unit);
    const uint32_t scope = AddScope(&unit, Scope::Kind::kUnit, Scope::kNone);
    const size_t before = ranges_.size();
    AddRanges(&unit, scope, 0);
    if (ranges_.size() == before) AddRanges(&skeleton, scope, 0);  // split: the ranges stay there
    WalkChildren(&unit, Scope::kNone, 1);
  }

  std::vector<AddressRange> TakeRanges() { return std::move(ranges_); }

 private:
  struct Level {
    Dwarf_Off die;
    uint32_t enclosing;  // id in DieNames; kTopLevel: not asked for yet
  };
  // Deeper trees exist only in corrupt files.
  static constexpr uint32_t kMaxDepth = 256;

  void WalkChildren(Dwarf_Die* parent, uint32_t scope, uint32_t depth) {
    Dwarf_Die die;
    if (depth > kMaxDepth || dwarf_child(parent, &die) != 0) return;
    Dwarf_Off last = dwarf_dieoffset(parent);
    do {
      const Dwarf_Off offset = dwarf_dieoffset(&die);
      if (offset <= last) return;  // a corrupt DW_AT_sibling points backwards: a loop
      last = offset;
      Visit(&die, scope, depth);
    } while (dwarf_siblingof(&die, &die) == 0);
  }

  void Visit(Dwarf_Die* die, uint32_t scope, uint32_t depth) {
    const int tag = dwarf_tag(die);
    if (tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block) {
      WalkChildren(die, scope, depth + 1);
      return;
    }
    uint32_t inner = Scope::kNone;
    if (tag == DW_TAG_subprogram) {
      if (has_offsets_ && !path_.empty() && NeedsQualifying(die)) {
        index_->names_.AddDeclaration(dwarf_dieoffset(die), Enclosing());
      }
      inner = AddIfPresent(die, Scope::Kind::kFunction, Scope::kNone, depth);
    } else if (tag == DW_TAG_inlined_subroutine) {
      inner = AddIfPresent(die, Scope::Kind::kInlined, scope, depth);
      if (inner == Scope::kNone) inner = scope;  // optimised away; what is in it may not be
    } else if (!HoldsFunctions(tag)) {
      return;
    }
    if (dwarf_haschildren(die) <= 0) return;
    path_.push_back({dwarf_dieoffset(die), DieNames::kTopLevel});
    WalkChildren(die, inner, depth + 1);
    path_.pop_back();
  }

  // The id of the innermost element of path_, made known to DieNames on first use.
  uint32_t Enclosing() {
    uint32_t parent = DieNames::kTopLevel;
    for (Level& level : path_) {
      if (level.enclosing == DieNames::kTopLevel) {
        level.enclosing = index_->names_.AddEnclosing(parent, level.die);
      }
      parent = level.enclosing;
    }
    return parent;
  }

  // kNone when the DIE has no code of its own.
  uint32_t AddIfPresent(Dwarf_Die* die, Scope::Kind kind, uint32_t parent, uint32_t depth) {
    const auto scope = static_cast<uint32_t>(index_->scopes_.size());
    const size_t before = ranges_.size();
    AddRanges(die, scope, depth);
    if (ranges_.size() == before) return Scope::kNone;
    return AddScope(die, kind, parent);
  }

  uint32_t AddScope(Dwarf_Die* die, Scope::Kind kind, uint32_t parent) {
    Scope scope;
    scope.die = dwarf_dieoffset(die);
    scope.unit = static_cast<uint32_t>(index_->units_.size() - 1);
    scope.parent = parent;
    scope.kind = kind;
    if (kind == Scope::Kind::kInlined) {
      scope.call_file = static_cast<uint32_t>(Unsigned(die, DW_AT_call_file, Scope::kNone));
      scope.call_line = static_cast<int>(Unsigned(die, DW_AT_call_line, 0));
    }
    index_->scopes_.push_back(scope);
    return static_cast<uint32_t>(index_->scopes_.size() - 1);
  }

  void AddRanges(Dwarf_Die* die, uint32_t scope, uint32_t depth) {
    Dwarf_Addr base = 0;
    Dwarf_Addr low = 0;
    Dwarf_Addr high = 0;
    ptrdiff_t position = 0;
    while ((position = dwarf_ranges(die, position, &base, &low, &high)) > 0) {
      if (low < high && StartsInCode(sections_, low)) ranges_.push_back({low, high, scope, depth});
    }
  }

  ScopeIndex* index_;
  Dwarf* dwarf_;
  std::vector<CodeSection> sections_;
  std::vector<AddressRange> ranges_;
  std::vector<Level> path_;   // what encloses the DIE being visited, but for blocks and units
  bool has_offsets_ = false;  // offsets of this unit are in the main file
};

ScopeIndex::ScopeIndex(Dwarf* dwarf, std::vector<CodeSection> sections) : names_(dwarf) {
  ScopeWalk walk(this, dwarf, std::move(sections));
  Dwarf_CU* unit = nullptr;
  uint8_t type = 0;
  Dwarf_Die die;
  Dwarf_Die split;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &die, &split) == 0) {
    if (type == DW_UT_type || type == DW_UT_split_type) continue;
    walk.AddUnit(die, type == DW_UT_skeleton && split.addr != nullptr ? split : die);
  }
  innermost_ = IntervalMap(walk.TakeRanges());
  scopes_.shrink_to_fit();
}

std::vector<Scope> ScopeIndex::Find(uint64_t address) const {
  std::vector<Scope> chain;
  // A parent precedes its children in scopes_, so this ends.
  for (uint32_t id = innermost_.Find(address); id != Scope::kNone; id = scopes_[id].parent) {
    chain.push_back(scopes_[id]);
  }
  return chain;
}

uint64_t ScopeIndex::HeapBytes() const {
  return units_.capacity() * sizeof(Dwarf_Die) + scopes_.capacity() * sizeof(Scope) +
         innermost_.HeapBytes() + names_.HeapBytes();
}

}  // namespace seep::symbols
