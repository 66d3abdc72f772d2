// SPDX-License-Identifier: Apache-2.0
// A key has two buckets, each a cache line of 16 places, and goes to the emptier one: 13/16 of the
// places can be in use before a bucket overflows.
//
// Growth. One thread copies the entries into a generation of twice the size while the others go on.
// It first raises live_index_target; from then on entering and leaving apply to both generations.
// Who did not see the target yet had changed the key word of its entry before, and the copying
// thread, which reads that word after it has raised the target, sees that.
#include "probes/preload/live_index.h"

#include <emmintrin.h>

#include <bit>
#include <utility>

#include "probes/preload/ledger_growth.h"
#include "probes/preload/sampling.h"

namespace seep::probe {
namespace {

using Place = std::atomic<uint32_t>;

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr uint64_t kBucketPlaces = 16;
constexpr int kNumberBits = 21;  // entry number + 1, so that 0 is an empty place
constexpr uint32_t kNumberMask = (uint32_t{1} << kNumberBits) - 1;
static_assert(ledger::kFullGeometry.live < kNumberMask);

struct Hashed {
  uint64_t hash;

  explicit Hashed(uint64_t key) : hash(MixBits(key)) {}
  uint32_t Tag() const { return static_cast<uint32_t>(hash >> 32) & ~kNumberMask; }
  uint32_t PlaceOf(uint64_t id) const { return Tag() | static_cast<uint32_t>(id + 1); }
  Place* First(LedgerView view, uint64_t generation) const { return At(view, generation, hash); }
  Place* Second(LedgerView view, uint64_t generation) const {
    return At(view, generation, hash >> 24);
  }

 private:
  static Place* At(LedgerView view, uint64_t generation, uint64_t bits) {
    const uint64_t mask = ledger::IndexPlaces(generation) - kBucketPlaces;
    return view.live_index() + ledger::IndexAt(generation) + (bits * kBucketPlaces & mask);
  }
};

// The places of a bucket that hold `value` under `mask`, a bit each. Sixteen at once: a free that
// the filter lets through for a neighbour's sake costs two of these. In assembly, as no sanitizer
// shall see a load that is not atomic as a whole; each of its places is.
[[gnu::always_inline]] inline uint32_t PlacesWith(const Place* bucket, uint32_t mask,
                                                  uint32_t value) {
  const auto* quarters = reinterpret_cast<const __m128i*>(bucket);
  const __m128i masks = _mm_set1_epi32(static_cast<int>(mask));
  const __m128i values = _mm_set1_epi32(static_cast<int>(value));
  const auto compare = [&](int quarter) {
    __m128i places;
    asm("movdqa %1, %0" : "=x"(places) : "m"(quarters[quarter]));
    return _mm_cmpeq_epi32(_mm_and_si128(places, masks), values);
  };
  const __m128i low = _mm_packs_epi32(compare(0), compare(1));
  const __m128i high = _mm_packs_epi32(compare(2), compare(3));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
}
uint32_t EmptyPlaces(const Place* bucket) {
  return PlacesWith(bucket, ~uint32_t{0}, 0);
}

bool PutInto(Place* bucket, uint32_t place) {
  for (uint32_t places = EmptyPlaces(bucket); places != 0; places &= places - 1) {
    uint32_t expected = 0;
    if (bucket[std::countr_zero(places)].compare_exchange_strong(expected, place)) return true;
  }
  return false;
}

bool Enter(LedgerView view, uint64_t generation, const Hashed& hashed, uint64_t id) {
  Place* first = hashed.First(view, generation);
  Place* second = hashed.Second(view, generation);
  if (std::popcount(EmptyPlaces(first)) < std::popcount(EmptyPlaces(second))) {
    std::swap(first, second);
  }
  return PutInto(first, hashed.PlaceOf(id)) || PutInto(second, hashed.PlaceOf(id));
}

void Leave(LedgerView view, uint64_t generation, const Hashed& hashed, uint64_t id) {
  const uint32_t place = hashed.PlaceOf(id);
  for (Place* bucket : {hashed.First(view, generation), hashed.Second(view, generation)}) {
    uint32_t places = PlacesWith(bucket, ~uint32_t{0}, place);
    for (; places != 0; places &= places - 1) {
      uint32_t expected = place;
      bucket[std::countr_zero(places)].compare_exchange_strong(expected, 0);
    }
  }
}

void CopyInto(LedgerView view, uint64_t generation) {
  const uint64_t used = view.header().live_used.load();
  for (uint64_t id = 0; id < used; ++id) {
    const uint64_t key = view.live()[id].key.load();
    if (key == ledger::kLiveEmpty || key == ledger::kLiveReserved) continue;
    const Hashed hashed(key);
    // Its own thread may enter it too.
    Leave(view, generation, hashed, id);
    Enter(view, generation, hashed, id);
    if (view.live()[id].key.load() != key) Leave(view, generation, hashed, id);
  }
}

}  // namespace

uint64_t FindEntry(LedgerView view, uint64_t key) {
  const Hashed hashed(key);
  const uint64_t generation = view.header().live_index_generation.load(std::memory_order_acquire);
  const Place* buckets[] = {hashed.First(view, generation), hashed.Second(view, generation)};
  uint32_t found = PlacesWith(buckets[0], ~kNumberMask, hashed.Tag()) |
                   PlacesWith(buckets[1], ~kNumberMask, hashed.Tag()) << kBucketPlaces;
  for (; __builtin_expect(found != 0, 0); found &= found - 1) {
    const auto at = static_cast<uint64_t>(std::countr_zero(found));
    const uint32_t place = buckets[at / kBucketPlaces][at % kBucketPlaces].load(kRelaxed);
    if (place == 0) continue;
    const uint64_t id = (place & kNumberMask) - 1;
    if (view.live()[id].key.load(std::memory_order_acquire) == key) return id;
  }
  return kNoEntry;
}

bool EnterEntry(LedgerView view, uint64_t key, uint64_t id) {
  const Hashed hashed(key);
  const ledger::Header& header = view.header();
  const uint64_t target = header.live_index_target.load();
  bool is_entered = true;
  for (uint64_t g = header.live_index_generation.load(); g <= target; ++g) {
    is_entered = Enter(view, g, hashed, id) && is_entered;
  }
  return is_entered;
}

void LeaveEntry(LedgerView view, uint64_t key, uint64_t id) {
  const Hashed hashed(key);
  const ledger::Header& header = view.header();
  const uint64_t target = header.live_index_target.load();
  for (uint64_t g = header.live_index_generation.load(); g <= target; ++g) {
    Leave(view, g, hashed, id);
  }
}

bool MakeIndexRoom(LedgerView view) {
  ledger::Header& header = view.header();
  for (;;) {
    const uint64_t generation = header.live_index_generation.load(std::memory_order_acquire);
    if (header.live_count.load(kRelaxed) < ledger::IndexPlaces(generation) / 16 * 13) return true;
    if (!HasRoomForIndex(view, header.live_index, generation + 1)) return false;
    const GrowthTurn turn(view);
    if (turn.is_ours()) {
      if (header.live_index_generation.load() != generation) continue;
      if (!turn.PopulateIndex(header.live_index, generation + 1)) return false;
      header.live_index_target.store(generation + 1);
      CopyInto(view, generation + 1);
      header.live_index_generation.store(generation + 1);
      return true;
    }
    // Going on meanwhile would fill the index to the brim.
    if (!AwaitGrowth(view)) return true;
  }
}

}  // namespace seep::probe
