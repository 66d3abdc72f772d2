// SPDX-License-Identifier: Apache-2.0
// Fills up to --cap, then evicts the least recently used: grows at first, is healthy for ever.
#include <list>
#include <unordered_map>

#include "tests/targets/zoo.h"

namespace {

struct Item {
  uint64_t key;
  size_t size_bytes;
  void* body;
};

class LruCache {
 public:
  explicit LruCache(size_t cap_bytes) : cap_bytes_(cap_bytes) {}
  ~LruCache() {
    while (!items_.empty()) EvictOldest();
  }
  LruCache(const LruCache&) = delete;
  LruCache& operator=(const LruCache&) = delete;

  bool Touch(uint64_t key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return false;
    items_.splice(items_.begin(), items_, found->second);
    return true;
  }
  [[gnu::noipa]] void StoreInCache(uint64_t key, size_t size_bytes) {
    while (used_bytes_ + size_bytes > cap_bytes_ && !items_.empty()) EvictOldest();
    items_.push_front({key, size_bytes, zoo::Touch(malloc(size_bytes), size_bytes)});
    index_[key] = items_.begin();
    used_bytes_ += size_bytes;
    ++stored_;
  }
  [[gnu::noipa]] void EvictOldest() {
    const Item oldest = items_.back();
    free(oldest.body);
    used_bytes_ -= oldest.size_bytes;
    index_.erase(oldest.key);
    items_.pop_back();
    ++evicted_;
  }
  unsigned long long used_bytes() const { return used_bytes_; }
  unsigned long long stored() const { return stored_; }
  unsigned long long evicted() const { return evicted_; }

 private:
  size_t cap_bytes_;
  size_t used_bytes_ = 0;
  uint64_t stored_ = 0;
  uint64_t evicted_ = 0;
  std::list<Item> items_;  // most recent first
  std::unordered_map<uint64_t, std::list<Item>::iterator> index_;
};

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "a cache with a cap: fills up, then evicts; healthy",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 4 << 20, "bytes stored per second"},
                              {"cap", 16 << 20, "bytes"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  LruCache cache(options["cap"]);
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    while (pacer.IsDue()) {
      const uint64_t key = random.Next() % 1'000'000;
      if (cache.Touch(key)) continue;
      const size_t size_bytes = random.Between(256, 8192);
      cache.StoreInCache(key, size_bytes);
      pacer.Spend(size_bytes);
    }
  }
  zoo::Say(
      "leaked_bytes=0 leaked_blocks=0 site=StoreInCache cached_bytes=%llu stored=%llu "
      "evicted=%llu seconds=%.3f",
      cache.used_bytes(), cache.stored(), cache.evicted(), zoo::ElapsedS());
}
