// SPDX-License-Identifier: Apache-2.0
// What is known of return addresses: the rule to unwind by and the module it lies in. One table for
// all threads, without a lock; an entry is 16 bytes, a set of four is one cache line.
//
// An entry is {check, data} with check = key ^ data * kSpread and key = return address and
// generation: a half-written entry, or one of an earlier generation, does not match any key.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "probes/preload/unwind/rule.h"

namespace seep::probe::unwind {

inline constexpr int kAddressBits = 48;  // of user space

class RuleCache {
 public:
  // Marks keys; never 0 once the cache is in use. Changes whenever cached rules may be wrong.
  using Generation = uint64_t;

  // The generation for a capture into the ledger `owner` (LedgerView::Number): module ids belong to
  // a ledger.
  Generation Use(uint64_t owner) {
    if (__builtin_expect(owner_.load(std::memory_order_acquire) != owner, 0)) TakeOver(owner);
    return generation_.load(std::memory_order_acquire) << kAddressBits;
  }

  // The rule of a return address, with its module, where it mostly is. Any thread.
  [[gnu::always_inline]] Rule FindFirst(uint64_t return_address, Generation generation,
                                        bool* is_found) const {
    return EntryAt(FirstWord(return_address)).Load(return_address | generation, is_found);
  }
  // In the other places of its set.
  Rule FindElsewhere(uint64_t return_address, Generation generation, bool* is_found) const;
  void Insert(uint64_t return_address, Generation generation, Rule rule);

  // Forgets everything: a rule or module was found to be wrong, or an object has been unloaded.
  void Invalidate();

  // Around dlclose. In between, an address may change its meaning at any moment, so that every
  // capture has to be checked.
  bool IsUnloading() const { return unloading_.load(std::memory_order_relaxed) != 0; }
  void UnloadBegins() { unloading_.fetch_add(1, std::memory_order_relaxed); }
  void UnloadEnds();

  // True when the capture that ends now has to be checked against the loaded objects: the first
  // one of a tick of the ledger's clock, and all of them during a dlclose.
  bool IsCheckDue(uint32_t tick) {
    if (__builtin_expect(checked_tick_.load(std::memory_order_relaxed) == tick && !IsUnloading(),
                         1)) {
      return false;
    }
    checked_tick_.store(tick, std::memory_order_relaxed);
    return true;
  }

  // Makes the kernel empty it in a fork child. Once, before the first use of a ledger.
  void WipeOnFork();

 private:
  static constexpr uint64_t kEntries = 1 << 15;
  static constexpr uint64_t kWays = 4;
  static constexpr uint64_t kGenerations = 0xffff;
  // Odd: no two rules differ by what two addresses differ by.
  static constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;

  struct Entry {
    std::atomic<uint64_t> check{0};
    std::atomic<uint64_t> data{0};

    [[gnu::always_inline]] Rule Load(uint64_t key, bool* is_found) const {
      // Pairs with the release in Insert: who finds a module's number finds the module.
      const uint64_t found = check.load(std::memory_order_acquire);
      const Rule rule{data.load(std::memory_order_relaxed)};
      *is_found = found == (key ^ rule.bits * kSpread);
      return rule;
    }
  };
  // The low bits of return addresses are as good as random, and one instruction takes them: every
  // further one would be paid in each frame. In words of 8 bytes, so that no shift is needed.
  static uint64_t FirstWord(uint64_t return_address) { return return_address & (2 * kEntries - 2); }
  const Entry& EntryAt(uint64_t word) const {
    return *reinterpret_cast<const Entry*>(reinterpret_cast<const uint64_t*>(entries_) + word);
  }
  Entry& EntryAt(uint64_t word) { return const_cast<Entry&>(std::as_const(*this).EntryAt(word)); }
  [[gnu::cold, gnu::noinline]] void TakeOver(uint64_t owner);

  alignas(4096) Entry entries_[kEntries] = {};
  alignas(4096) std::atomic<uint64_t> generation_{0};  // 1 to kGenerations, then 1 again
  std::atomic<uint64_t> owner_{0};
  std::atomic<uint32_t> unloading_{0};
  std::atomic<uint32_t> checked_tick_{0};
};

extern RuleCache rule_cache;

}  // namespace seep::probe::unwind
