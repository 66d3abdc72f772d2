// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/thread_shard.h"

#include <pthread.h>

#include "probes/preload/ledger_growth.h"
#include "probes/preload/live_table.h"
#include "probes/preload/process.h"
#include "probes/preload/unwind/rule_cache.h"
#include "probes/preload/unwinder.h"

namespace seep::probe {
namespace {

using ledger::ShardSlot;
using ledger::Word;

constexpr auto kRelaxed = std::memory_order_relaxed;

constinit ThreadShard shards[ledger::kShardCapacity]{};
constinit pthread_key_t key{};
constinit std::atomic<bool> has_key{false};

void Flush(LedgerView view, ShardSlot& slot) {
  const uint64_t number = slot.stack_number.load(kRelaxed);
  if (number == 0) return;
  ledger::StackSlot& stack = view.stacks()[number - 1];
  const auto move = [](Word& from, Word& to) {
    const uint64_t value = from.load(kRelaxed);
    if (value == 0) return value;
    from.store(0, kRelaxed);
    to.fetch_add(value, kRelaxed);
    return value;
  };
  move(slot.alloc_bytes, stack.alloc_bytes);
  const uint64_t allocs = move(slot.alloc_samples, stack.alloc_samples);
  stack.alloc_objects_q16.fetch_add(allocs << 16, kRelaxed);
  move(slot.free_bytes, stack.free_bytes);
  const uint64_t frees = move(slot.free_samples, stack.free_samples);
  stack.free_objects_q16.fetch_add(frees << 16, kRelaxed);
}

void OnThreadEnd(void* shard) {
  static_cast<ThreadShard*>(shard)->Release();
}

}  // namespace

bool ThreadShard::Prepare() {
  // glibc keeps the values of its first 32 keys in the thread itself; beyond, it allocates them.
  constexpr pthread_key_t kKeysWithoutMalloc = 32;
  if (!has_key.load(std::memory_order_acquire) && pthread_key_create(&key, &OnThreadEnd) == 0) {
    has_key.store(key < kKeysWithoutMalloc, std::memory_order_release);
  }
  return has_key.load(std::memory_order_acquire);
}

[[gnu::cold, gnu::noinline]] ThreadShard* ThreadShard::Acquire(LedgerView view) {
  tls.shard = nullptr;
  if (!has_key.load(std::memory_order_acquire)) return nullptr;
  for (uint64_t number = 0; number < ledger::kShardCapacity; ++number) {
    Word& owned = view.header().shard_owned[number / 64];
    const uint64_t bit = uint64_t{1} << number % 64;
    if ((owned.load(kRelaxed) & bit) != 0 || (owned.fetch_or(bit) & bit) != 0) continue;
    if (!PopulateShard(view, number)) {
      owned.fetch_and(~bit);
      return nullptr;
    }
    ThreadShard& shard = shards[number];
    shard.view_ = view;
    shard.ledger_ = view.Number();
    shard.number_ = number;
    shard.slots_ = view.shards()[number].slots;
    shard.free_count_ = 0;
    for (KnownStack& known : shard.known_) known = {};
    for (KnownWalk& walk : shard.walks_) walk.stamp = 0;
    if (pthread_setspecific(key, &shard) != 0) {
      owned.fetch_and(~bit);
      return nullptr;
    }
    tls.shard = &shard;
    return &shard;
  }
  return nullptr;
}

void ThreadShard::Release() {
  // In a fork child the shard is the parent's.
  if (tls.shard != this) return;
  const bool was_busy = tls.is_busy;
  tls.is_busy = true;
  tls.shard = nullptr;  // what later destructors allocate gets a new one, and another pass here
  for (uint64_t i = 0; i < ledger::kShardSlots; ++i) {
    Flush(view_, slots_[i]);
    slots_[i].stack_number.store(0, kRelaxed);
  }
  while (free_count_ != 0) PushFreeEntry(view_, free_entries_[--free_count_]);
  view_.header().shard_owned[number_ / 64].fetch_and(~(uint64_t{1} << number_ % 64));
  tls.is_busy = was_busy;
}

uint32_t ThreadShard::FindStack(LedgerView view, const CapturedStack& stack) {
  const uint64_t hash = HashStack(stack);
  KnownStack& known = known_[hash % kKnownStacks];
  if (known.hash == hash && known.id != ledger::kOverflowStack) return known.id;
  known = {hash, FindOrAddStack(view, stack)};
  return known.id;
}

uint32_t ThreadShard::FindCallingStack(LedgerView view, const unwind::Registers* from,
                                       uint32_t now_ticks) {
  if (from == nullptr) return WalkAndFindStack(view, from, nullptr);
  constexpr uint64_t kSpread = 0x9e3779b97f4a7c15;
  KnownWalk& walk =
      walks_[((from->return_address ^ from->rsp) * kSpread) >> (64 - kKnownWalksBits)];
  // A generation is never 0.
  const uint64_t stamp = unwind::rule_cache.Use(view.Number()) | now_ticks;
  const bool is_known = walk.stamp == stamp && walk.trace.IsRepeatedFrom(*from);
  if (__builtin_expect(is_known && !unwind::rule_cache.IsUnloading(), 1)) return walk.stack_id;
  walk.stamp = 0;
  walk.stack_id = WalkAndFindStack(view, from, &walk);
  if (walk.trace.is_whole()) walk.stamp = stamp;
  return walk.stack_id;
}

[[gnu::cold, gnu::noinline]] uint32_t ThreadShard::WalkAndFindStack(LedgerView view,
                                                                    const unwind::Registers* from,
                                                                    KnownWalk* walk) {
  CapturedStack stack;
  CaptureStack(view, OwnCode(), from, &stack, walk != nullptr ? &walk->trace : nullptr);
  return FindStack(view, stack);
}

[[gnu::cold, gnu::noinline]] void ThreadShard::ReuseSlot(LedgerView view, ShardSlot& slot,
                                                         uint32_t stack_id) {
  Flush(view, slot);
  slot.stack_number.store(uint64_t{stack_id} + 1, std::memory_order_release);
}

[[gnu::cold, gnu::noinline]] bool ThreadShard::FetchEntries(LedgerView view) {
  uint64_t first;
  while (free_count_ < kBatch && PopFreeEntry(view, &first)) free_entries_[free_count_++] = first;
  if (free_count_ == 0 && TakeLiveEntries(view, kBatch, &first)) {
    for (uint64_t i = kBatch; i-- > 0;) free_entries_[free_count_++] = first + i;
  }
  return free_count_ != 0;
}

[[gnu::cold, gnu::noinline]] void ThreadShard::GiveEntries(LedgerView view) {
  while (free_count_ > kBatch) PushFreeEntry(view, free_entries_[--free_count_]);
}

}  // namespace seep::probe
