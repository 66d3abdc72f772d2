// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/mark_set.h"

#include <sched.h>
#include <sys/mman.h>

namespace seep_leak {
namespace {

constexpr uint8_t kSaturated = 255;  // a counter that got here stays

// True on the thread that is inside fork() and so owns every stripe.
constinit thread_local bool t_holds_all = false;

void* MapPages(size_t size_bytes) {
  void* pages = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  return pages != MAP_FAILED ? pages : nullptr;
}

void Acquire(std::atomic<bool>* is_locked) {
  // Pairs with the release store in Release.
  for (unsigned spins = 0; is_locked->exchange(true, std::memory_order_acquire); ++spins) {
    if (spins % 64 == 63) sched_yield();
  }
}

void Release(std::atomic<bool>* is_locked) {
  is_locked->store(false, std::memory_order_release);
}

}  // namespace

class MarkSet::Lock {
 public:
  explicit Lock(Stripe* stripe) : stripe_(t_holds_all ? nullptr : stripe) {
    if (stripe_ != nullptr) Acquire(&stripe_->is_locked);
  }
  ~Lock() {
    if (stripe_ != nullptr) Release(&stripe_->is_locked);
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Stripe* stripe_;
};

bool MarkSet::Init() {
  auto* entries = static_cast<Entry*>(MapPages(kStripes * kFirstCapacity * sizeof(Entry)));
  if (entries == nullptr) return false;
  for (unsigned i = 0; i < kStripes; ++i) {
    stripes_[i].entries = entries + i * kFirstCapacity;
    stripes_[i].capacity = kFirstCapacity;
  }
  for (auto& counter : filter_) __atomic_store_n(&counter, uint8_t{0}, __ATOMIC_RELAXED);
  return true;
}

size_t MarkSet::Home(uintptr_t address, size_t capacity) {
  return (Hash(reinterpret_cast<const void*>(address)) >> 16) & (capacity - 1);
}

void MarkSet::Put(Entry* entries, size_t capacity, Entry entry) {
  size_t at = Home(entry.address, capacity);
  while (entries[at].address != 0 && entries[at].address != entry.address) {
    at = (at + 1) & (capacity - 1);
  }
  entries[at] = entry;
}

bool MarkSet::Grow(Stripe* stripe) {
  const size_t capacity = stripe->capacity * 2;
  auto* entries = static_cast<Entry*>(MapPages(capacity * sizeof(Entry)));
  if (entries == nullptr) return false;
  for (size_t i = 0; i < stripe->capacity; ++i) {
    if (stripe->entries[i].address != 0) Put(entries, capacity, stripe->entries[i]);
  }
  munmap(stripe->entries, stripe->capacity * sizeof(Entry));
  stripe->entries = entries;
  stripe->capacity = capacity;
  return true;
}

void MarkSet::Count(uint8_t* counter, int change) {
  uint8_t old = __atomic_load_n(counter, __ATOMIC_RELAXED);
  while (old != kSaturated &&
         !__atomic_compare_exchange_n(counter, &old, static_cast<uint8_t>(old + change), true,
                                      __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

void MarkSet::Insert(void* block, size_t size_bytes) {
  const uint64_t hash = Hash(block);
  Stripe& stripe = StripeOf(hash);
  const Lock lock(&stripe);
  if (2 * (stripe.used + 1) > stripe.capacity && !Grow(&stripe)) return;
  const auto address = reinterpret_cast<uintptr_t>(block);
  size_t at = Home(address, stripe.capacity);
  while (stripe.entries[at].address != 0) {
    // Held already: it was freed in a way that we do not see. Keep one mark.
    if (stripe.entries[at].address == address) {
      stripe.entries[at].size_bytes = size_bytes;
      return;
    }
    at = (at + 1) & (stripe.capacity - 1);
  }
  stripe.entries[at] = {address, size_bytes};
  ++stripe.used;
  Count(&filter_[hash >> kFilterShift], +1);
}

bool MarkSet::Remove(void* block, size_t* size_bytes) {
  if (block == nullptr) return false;  // free(nullptr) is common, and 0 stands for empty
  const uint64_t hash = Hash(block);
  Stripe& stripe = StripeOf(hash);
  const Lock lock(&stripe);
  const auto address = reinterpret_cast<uintptr_t>(block);
  const size_t mask = stripe.capacity - 1;
  size_t at = Home(address, stripe.capacity);
  while (stripe.entries[at].address != address) {
    if (stripe.entries[at].address == 0) return false;
    at = (at + 1) & mask;
  }
  *size_bytes = stripe.entries[at].size_bytes;
  // Backward shift: move up each later entry whose home does not lie after the hole.
  size_t hole = at;
  for (size_t next = (at + 1) & mask; stripe.entries[next].address != 0; next = (next + 1) & mask) {
    const size_t home = Home(stripe.entries[next].address, stripe.capacity);
    if (((next - home) & mask) < ((next - hole) & mask)) continue;
    stripe.entries[hole] = stripe.entries[next];
    hole = next;
  }
  stripe.entries[hole].address = 0;
  --stripe.used;
  Count(&filter_[hash >> kFilterShift], -1);
  return true;
}

void MarkSet::LockAll() {
  for (auto& stripe : stripes_) Acquire(&stripe.is_locked);
  t_holds_all = true;
}

void MarkSet::UnlockAll() {
  t_holds_all = false;
  for (auto& stripe : stripes_) Release(&stripe.is_locked);
}

}  // namespace seep_leak
