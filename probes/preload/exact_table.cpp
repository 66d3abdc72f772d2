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
ShadowWord* ShadowOf(const void* pointer, bool make) {
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

// False: thinning has dropped the block.
bool Vacate(LedgerView view, ThreadShard* shard, uint64_t key, uint64_t id, LiveBlock* block) {
  // The owner's alone, but for a thinning pass at the end of exact mode: it leaves a reserved entry
  // alone, and raises no weight of one that was reserved before the pass began.
  if (!Reserve(view, id, key)) return false;
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

}  // namespace

void SetExactGranule(uint64_t bytes) {
  granule_bits.store(static_cast<uint32_t>(std::bit_width(bytes) - 1), kRelaxed);
}

bool InsertExact(LedgerView view, ThreadShard* shard, const void* pointer, const LiveBlock& block) {
  ShadowWord* shadow = ShadowOf(pointer, /*make=*/true);
  uint64_t id;
  if (shadow == nullptr || !TakeEntry(view, shard, &id)) return false;
  ledger::LiveEntry& entry = view.live()[id];
  entry.size_bytes.store(block.size_bytes, kRelaxed);
  entry.meta.store(block.meta, kRelaxed);
  // Pairs with the acquire load of the reader.
  entry.key.store(reinterpret_cast<uint64_t>(pointer), std::memory_order_release);
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
  if (shadow == nullptr) return false;
  const uint32_t number = shadow->load(kRelaxed);
  if (number == 0) return false;
  shadow->store(0, kRelaxed);
  return Vacate(view, shard, reinterpret_cast<uint64_t>(pointer), number - 1, block);
}

}  // namespace seep::probe
