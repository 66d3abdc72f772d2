// SPDX-License-Identifier: Apache-2.0
// Exact mode: what one thread has for itself, so that it counts and finds stacks without locked
// instructions and takes live entries without a shared list. A thread gives its shard back when it
// ends; more threads than shards share the tables as in sampled mode.
#pragma once

#include <cstdint>

#include "probes/preload/ledger_view.h"
#include "probes/preload/stack_table.h"
#include "probes/preload/thread_state.h"
#include "probes/preload/unwind/walk_trace.h"

namespace seep::probe {

class ThreadShard {
 public:
  // The calling thread's; nullptr: none is left.
  static ThreadShard* OfThisThread(LedgerView view) {
    ThreadShard* shard = tls.shard;
    const bool is_there = shard != nullptr && shard->ledger_ == view.Number();
    return __builtin_expect(is_there, 1) ? shard : Acquire(view);
  }
  // Where threads hand their shards back. Before the first sample; false: they cannot.
  static bool Prepare();

  // FindOrAddStack with a memory.
  uint32_t FindStack(LedgerView view, const CapturedStack& stack);
  // The same of the calling stack, with a memory of walks: `from` as for CaptureStack. One that
  // would read what it read before, in this tick of the ledger's clock, is left out.
  uint32_t FindCallingStack(LedgerView view, const unwind::Registers* from, uint32_t now_ticks);
  void CountAlloc(LedgerView view, uint32_t stack_id, uint64_t bytes) {
    ledger::ShardSlot& slot = SlotOf(view, stack_id);
    Add(slot.alloc_bytes, bytes);
    Add(slot.alloc_samples, 1);
  }
  void CountFree(LedgerView view, uint32_t stack_id, uint64_t bytes) {
    ledger::ShardSlot& slot = SlotOf(view, stack_id);
    Add(slot.free_bytes, bytes);
    Add(slot.free_samples, 1);
  }

  // Live entries without a block. False: none is left in the ledger.
  bool TakeEntry(LedgerView view, uint64_t* id) {
    if (__builtin_expect(free_count_ == 0, 0) && !FetchEntries(view)) return false;
    *id = free_entries_[--free_count_];
    return true;
  }
  void ReturnEntry(LedgerView view, uint64_t id) {
    if (__builtin_expect(free_count_ == 2 * kBatch, 0)) GiveEntries(view);
    free_entries_[free_count_++] = id;
  }

  // The end of its thread: counters to the stacks, entries to the common list.
  void Release();

 private:
  struct KnownStack {
    uint64_t hash = 0;
    uint32_t id = 0;
  };
  // Walks are known for a tick, as rules are checked once a tick (docs/unwinding.md).
  struct KnownWalk {
    uint64_t stamp = 0;  // generation of the rules and tick
    uint32_t stack_id = 0;
    unwind::WalkTrace trace;
  };
  static ThreadShard* Acquire(LedgerView view);
  uint32_t WalkAndFindStack(LedgerView view, const unwind::Registers* from, KnownWalk* walk);
  bool FetchEntries(LedgerView view);
  void GiveEntries(LedgerView view);
  void ReuseSlot(LedgerView view, ledger::ShardSlot& slot, uint32_t stack_id);

  // Only the owning thread writes: no locked instruction, and a reader sees whole words.
  static void Add(ledger::Word& word, uint64_t value) {
    word.store(word.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
  }
  ledger::ShardSlot& SlotOf(LedgerView view, uint32_t stack_id) {
    ledger::ShardSlot& slot = slots_[stack_id % ledger::kShardSlots];
    const uint64_t number = slot.stack_number.load(std::memory_order_relaxed);
    if (__builtin_expect(number != uint64_t{stack_id} + 1, 0)) ReuseSlot(view, slot, stack_id);
    return slot;
  }

  static constexpr uint64_t kKnownStacks = 256;
  static constexpr int kKnownWalksBits = 6;
  static constexpr uint64_t kBatch = 64;  // entries that are fetched, or kept, at once

  LedgerView view_;
  uint64_t ledger_ = 0;  // LedgerView::Number: not that of a fork child, or of the next attach
  uint64_t number_ = 0;
  ledger::ShardSlot* slots_ = nullptr;
  uint64_t free_entries_[2 * kBatch] = {};
  uint64_t free_count_ = 0;
  KnownStack known_[kKnownStacks] = {};
  KnownWalk walks_[1 << kKnownWalksBits] = {};
};

}  // namespace seep::probe
