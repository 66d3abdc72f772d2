// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/rule_cache.h"

#include "probes/preload/syscalls.h"

namespace seep::probe::unwind {

// 516 KiB of .bss, of which those pages become resident that hold something.
constinit RuleCache rule_cache;

void RuleCache::TakeOver(uint64_t owner) {
  Invalidate();
  owner_.store(owner, std::memory_order_release);  // pairs with Use
}

Rule RuleCache::FindElsewhere(uint64_t return_address, Generation generation,
                              bool* is_found) const {
  const uint64_t first = FirstWord(return_address);
  for (uint64_t way = 1; way < kWays; ++way) {
    const Rule rule = EntryAt(first ^ 2 * way).Load(return_address | generation, is_found);
    if (*is_found) return rule;
  }
  return {};
}

void RuleCache::Insert(uint64_t return_address, Generation generation, Rule rule) {
  const uint64_t first = FirstWord(return_address);
  // A place without an entry of this generation, else one that the address picks.
  uint64_t chosen = first ^ 2 * (return_address >> 16 & (kWays - 1));
  for (uint64_t way = 0; way < kWays; ++way) {
    const Entry& entry = EntryAt(first ^ 2 * way);
    const uint64_t key = entry.check.load(std::memory_order_relaxed) ^
                         entry.data.load(std::memory_order_relaxed) * kSpread;
    if (key >> kAddressBits != generation >> kAddressBits) {
      chosen = first ^ 2 * way;
      break;
    }
  }
  Entry& entry = EntryAt(chosen);
  entry.data.store(rule.bits, std::memory_order_relaxed);
  entry.check.store((return_address | generation) ^ rule.bits * kSpread, std::memory_order_release);
}

void RuleCache::Invalidate() {
  uint64_t generation = generation_.load(std::memory_order_relaxed);
  uint64_t next;
  do {
    next = generation + 1;
    if (generation == kGenerations) {
      // The numbers begin anew: what they marked must be gone first.
      for (Entry& entry : entries_) {
        entry.check.store(0, std::memory_order_relaxed);
        entry.data.store(0, std::memory_order_relaxed);
      }
      next = 1;
    }
  } while (!generation_.compare_exchange_weak(generation, next, std::memory_order_acq_rel));
}

void RuleCache::UnloadEnds() {
  Invalidate();
  // A fork within a destructor that dlclose runs has wiped the count in the child.
  uint32_t running = unloading_.load(std::memory_order_relaxed);
  while (running != 0 && !unloading_.compare_exchange_weak(running, running - 1)) {
  }
}

void RuleCache::WipeOnFork() {
  SysMadvise(this, sizeof(*this), MADV_WIPEONFORK);
}

}  // namespace seep::probe::unwind
