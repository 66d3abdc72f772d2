// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/exact_table.h"

#include <bit>

#include "probes/preload/ledger_growth.h"
#include "probes/preload/seccomp_watch.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

// One word a granule: entry number + 1. Regions come into being when a block lies in them.
using ShadowWord = std::atomic<uint32_t>;
constexpr int kSmallestGranuleBits = 3;
constexpr int kRegionBits = 26;   // 64 MiB of address space, at most 32 MiB of shadow
constexpr int kAddressBits = 47;  // of user space
constexpr uint64_t kRegions = uint64_t{1} << (kAddressBits - kRegionBits);

constinit std::atomic<uint32_t> granule_bits{kSmallestGranuleBits};
alignas(4096) constinit std::atomic<ShadowWord*> regions[kRegions]{};

// In a fork child the region is empty again: its ledger is a new one.
[[gnu::cold, gnu::noinline]] ShadowWord* MakeRegion(uint64_t region) {
  const uint64_t bytes =
      (uint64_t{1} << kRegionBits >> granule_bits.load(kRelaxed)) * sizeof(ShadowWord);
  if (!MaySystemCall()) return nullptr;
  void* memory = SysMapPrivate(bytes);
  if (memory == nullptr) return nullptr;
  ShadowWord* expected = nullptr;
  if (SysMadvise(memory, bytes, MADV_WIPEONFORK) != 0 ||
      !regions[region].compare_exchange_strong(expected, static_cast<ShadowWord*>(memory))) {
    SysUnmap(memory, bytes);
  } else {
    expected = static_cast<ShadowWord*>(memory);
  }
  return expected;
}

// nullptr: there is none, and `make` is false or there is no room.
[[gnu::always_inline]] inline ShadowWord* ShadowOf(const void* pointer, bool make) {
  const auto address = reinterpret_cast<uint64_t>(pointer);
  const uint64_t region = address >> kRegionBits;
  if (region >= kRegions) return nullptr;
  ShadowWord* words = regions[region].load(std::memory_order_acquire);
  if (__builtin_expect(words == nullptr, 0)) {
    words = make ? MakeRegion(region) : nullptr;
    if (words == nullptr) return nullptr;
  }
  constexpr uint64_t kWithinRegion = (uint64_t{1} << kRegionBits) - 1;
  return words + ((address & kWithinRegion) >> granule_bits.load(kRelaxed));
}

bool TakeEntry(LedgerView view, ThreadShard* shard, uint64_t* id) {
  if (shard != nullptr) return shard->TakeEntry(view, id);
  return PopFreeEntry(view, id) || TakeLiveEntries(view, 1, id);
}

// The block of `key` that its place in the shadow names. False: thinning has dropped it.
bool TakeFrom(ShadowWord* shadow, LedgerView view, ThreadShard* shard, uint64_t key,
              LiveBlock* block) {
  const uint64_t id = shadow->load(kRelaxed) - 1;
  // The owner's alone, but for a thinning pass at the end of exact mode: it leaves a reserved entry
  // alone, and raises no weight of one that was reserved before the pass began.
  if (!Reserve(view, id, key)) return false;
  shadow->store(0, kRelaxed);
  ledger::LiveEntry& entry = view.live()[id];
  block->size_bytes = entry.size_bytes.load(kRelaxed);
  block->meta = view.is_exact() ? entry.meta.load(kRelaxed)
                                : entry.meta.exchange(ledger::kLiveDead, std::memory_order_acq_rel);
  entry.key.store(ledger::kLiveEmpty, std::memory_order_release);
  if (shard != nullptr) {
    shard->ReturnEntry(view, id);
  } else {
    PushFreeEntry(view, id);
  }
  return true;
}

// Of an address that is in use again: the hook of its free was passed by.
[[gnu::cold, gnu::noinline]] void TakeStale(ShadowWord* shadow, LedgerView view, ThreadShard* shard,
                                            uint64_t key) {
  LiveBlock stale;
  if (TakeFrom(shadow, view, shard, key, &stale)) CountTaken(view, shard, stale);
}

}  // namespace

void SetExactGranule(uint64_t bytes) {
  granule_bits.store(static_cast<uint32_t>(std::bit_width(bytes) - 1), kRelaxed);
}

bool InsertExact(LedgerView view, ThreadShard* shard, const void* pointer, const LiveBlock& block) {
  const auto key = reinterpret_cast<uint64_t>(pointer);
  ShadowWord* shadow = ShadowOf(pointer, /*make=*/true);
  if (shadow == nullptr) return false;
  if (__builtin_expect(shadow->load(kRelaxed) != 0, 0)) TakeStale(shadow, view, shard, key);
  uint64_t id;
  if (!TakeEntry(view, shard, &id)) return false;
  ledger::LiveEntry& entry = view.live()[id];
  entry.size_bytes.store(block.size_bytes, kRelaxed);
  entry.meta.store(block.meta, kRelaxed);
  // Pairs with the acquire load of the reader.
  entry.key.store(key, std::memory_order_release);
  shadow->store(static_cast<uint32_t>(id + 1), kRelaxed);
  return true;
}

bool ForgetExact(uint64_t key, uint64_t id) {
  ShadowWord* shadow = ShadowOf(reinterpret_cast<const void*>(key), /*make=*/false);
  auto number = static_cast<uint32_t>(id + 1);
  return shadow != nullptr && shadow->compare_exchange_strong(number, 0);
}

bool TakeExact(LedgerView view, ThreadShard* shard, const void* pointer, LiveBlock* block) {
  ShadowWord* shadow = ShadowOf(pointer, /*make=*/false);
  return shadow != nullptr && shadow->load(kRelaxed) != 0 &&
         TakeFrom(shadow, view, shard, reinterpret_cast<uint64_t>(pointer), block);
}

}  // namespace seep::probe
