// SPDX-License-Identifier: Apache-2.0
// Treap: Seidel and Aragon, "Randomized search trees", 1996. Loops, no recursion: the stack of a
// thread that maps memory may be small.
#include "probes/preload/mapping_table.h"

#include "probes/preload/sampling.h"

namespace seep::probe {
namespace {

bool IsAbove(uint32_t a, uint32_t b) {
  return MixBits(a) > MixBits(b);
}

}  // namespace

bool MappingTable::Insert(const Region& region) {
  uint32_t added = first_free_;
  if (added != 0) {
    first_free_ = nodes_[added].right;
  } else if (used_ < kCapacity) {
    added = ++used_;
  } else {
    return false;
  }
  uint32_t* link = &root_;
  while (*link != 0 && IsAbove(*link, added)) {
    Node& node = nodes_[*link];
    link = region.start < node.region.start ? &node.left : &node.right;
  }
  // What was here is split by address into the two sides of the new node.
  uint32_t rest = *link;
  *link = added;
  nodes_[added].region = region;
  uint32_t* left = &nodes_[added].left;
  uint32_t* right = &nodes_[added].right;
  while (rest != 0) {
    Node& node = nodes_[rest];
    if (node.region.start < region.start) {
      *left = rest;
      left = &node.right;
      rest = node.right;
    } else {
      *right = rest;
      right = &node.left;
      rest = node.left;
    }
  }
  *left = 0;
  *right = 0;
  return true;
}

bool MappingTable::TakeOverlapping(const Region& range, Region* taken) {
  // Regions do not overlap: if the last that begins before the end does not reach in, none does.
  const uint32_t found = LastBefore(range.end);
  if (found == 0 || nodes_[found].region.end <= range.start) return false;
  *taken = nodes_[found].region;
  Remove(found);
  return true;
}

uint32_t MappingTable::LastBefore(uint64_t address) const {
  uint32_t last = 0;
  for (uint32_t at = root_; at != 0;) {
    const bool is_before = nodes_[at].region.start < address;
    if (is_before) last = at;
    at = is_before ? nodes_[at].right : nodes_[at].left;
  }
  return last;
}

void MappingTable::Remove(uint32_t removed) {
  Node& node = nodes_[removed];
  uint32_t* link = &root_;
  while (*link != removed) {
    Node& above = nodes_[*link];
    link = node.region.start < above.region.start ? &above.left : &above.right;
  }
  // Its two sides become one tree.
  uint32_t left = node.left;
  uint32_t right = node.right;
  while (left != 0 && right != 0) {
    if (IsAbove(left, right)) {
      *link = left;
      link = &nodes_[left].right;
      left = *link;
    } else {
      *link = right;
      link = &nodes_[right].left;
      right = *link;
    }
  }
  *link = left != 0 ? left : right;
  node.right = first_free_;
  first_free_ = removed;
}

}  // namespace seep::probe
