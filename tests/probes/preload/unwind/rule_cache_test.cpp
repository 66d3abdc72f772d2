// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/rule_cache.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <thread>
#include <vector>

using namespace seep::probe::unwind;

namespace {

// The rule that the tests keep for an address: all of its bits depend on it.
Rule RuleFor(uint64_t address) {
  return {address * 0x2545f4914f6cdd1d};
}

bool Find(const RuleCache& cache, uint64_t address, uint64_t generation, Rule* rule) {
  bool is_found;
  *rule = cache.FindFirst(address, generation, &is_found);
  if (!is_found) *rule = cache.FindElsewhere(address, generation, &is_found);
  return is_found;
}

}  // namespace

TEST_CASE("the cache keeps what was put in, until it is invalidated") {
  const auto cache = std::make_unique<RuleCache>();
  constexpr uint64_t owner = 1;
  const uint64_t generation = cache->Use(owner);
  CHECK(generation != 0);
  Rule rule;
  // Four that share a set, and a fifth that takes the place of one.
  std::vector<uint64_t> addresses;
  for (uint64_t i = 0; i < 5; ++i) addresses.push_back(0x7f00'0000'1234 + (i << 20));
  CHECK_FALSE(Find(*cache, addresses[0], generation, &rule));
  for (size_t i = 0; i < 4; ++i) cache->Insert(addresses[i], generation, RuleFor(addresses[i]));
  for (size_t i = 0; i < 4; ++i) {
    REQUIRE(Find(*cache, addresses[i], generation, &rule));
    CHECK(rule == RuleFor(addresses[i]));
  }
  cache->Insert(addresses[4], generation, RuleFor(addresses[4]));
  int found = 0;
  for (const uint64_t address : addresses) found += Find(*cache, address, generation, &rule);
  CHECK(found == 4);
  CHECK(Find(*cache, addresses[4], generation, &rule));

  cache->Invalidate();
  const uint64_t next = cache->Use(owner);
  CHECK(next != generation);
  for (const uint64_t address : addresses) CHECK_FALSE(Find(*cache, address, next, &rule));
}

TEST_CASE("another ledger finds nothing of the first one's modules") {
  const auto cache = std::make_unique<RuleCache>();
  constexpr uint64_t owners[2] = {1, 2};
  const uint64_t generation = cache->Use(owners[0]);
  cache->Insert(0x1234, generation, RuleFor(0x1234));
  Rule rule;
  CHECK(Find(*cache, 0x1234, cache->Use(owners[0]), &rule));
  CHECK_FALSE(Find(*cache, 0x1234, cache->Use(owners[1]), &rule));
}

TEST_CASE("generations that begin anew find nothing of the old ones") {
  const auto cache = std::make_unique<RuleCache>();
  constexpr uint64_t owner = 1;
  const uint64_t first = cache->Use(owner);
  cache->Insert(0x1234, first, RuleFor(0x1234));
  Rule rule;
  int turns = 0;
  do {
    cache->Invalidate();
    REQUIRE(++turns < 70'000);
    REQUIRE(cache->Use(owner) != 0);
  } while (cache->Use(owner) != first);
  CHECK(turns > 60'000);
  CHECK_FALSE(Find(*cache, 0x1234, first, &rule));
}

// What a reader may see while two threads write the same place.
TEST_CASE("half of one entry and half of another are nobody's") {
  const auto cache = std::make_unique<RuleCache>();
  constexpr uint64_t owner = 1;
  const uint64_t generation = cache->Use(owner);
  // Rules as they are: alike, and differing by as little as the addresses do.
  const auto rule_at = [](uint64_t i) {
    return WithModule(MakeRule(RuleKind::kFromRsp, static_cast<int64_t>(i % 16) * 8, -16),
                      static_cast<uint32_t>(i / 16));
  };
  const auto word_of = [&](uint64_t address, size_t index) {
    return reinterpret_cast<uint64_t*>(cache.get()) + (address & 0xfffe) + index;
  };
  for (uint64_t i = 1; i < 2000; ++i) {
    const uint64_t one = 0x7f00'0000'0000 + i * 64;
    const uint64_t other = one + (i << 16);
    cache->Insert(one, generation, rule_at(i));
    const uint64_t check_of_one = *word_of(one, 0);
    REQUIRE(check_of_one != 0);
    *word_of(one, 0) = *word_of(one, 1) = 0;
    cache->Insert(other, generation, rule_at(i + i % 7 + 1));
    *word_of(one, 0) = check_of_one;
    Rule rule;
    REQUIRE_FALSE(Find(*cache, one, generation, &rule));
    REQUIRE_FALSE(Find(*cache, other, generation, &rule));
    *word_of(one, 0) = *word_of(one, 1) = 0;
  }
}

TEST_CASE("threads that write one set at once never read a mixture") {
  const auto cache = std::make_unique<RuleCache>();
  constexpr uint64_t owner = 1;
  cache->Use(owner);
  std::atomic<uint64_t> wrong{0};
  std::atomic<uint64_t> found{0};
  std::vector<std::thread> threads;
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    threads.emplace_back([&, seed] {
      std::mt19937_64 random(seed);
      for (int i = 0; i < 100'000; ++i) {
        const uint64_t address = 0x5500'0000'0000 + (random() % 64 << 20);
        const uint64_t generation = cache->Use(owner);
        Rule rule;
        if (!Find(*cache, address, generation, &rule)) {
          cache->Insert(address, generation, RuleFor(address));
        } else {
          found.fetch_add(1, std::memory_order_relaxed);
          if (rule != RuleFor(address)) wrong.fetch_add(1);
        }
        if (i % 10'000 == 0) cache->Invalidate();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong.load() == 0);
  CHECK(found.load() > 1000);
}

TEST_CASE("a check is due once a tick, and always during a dlclose") {
  const auto cache = std::make_unique<RuleCache>();
  CHECK(cache->IsCheckDue(5));
  CHECK_FALSE(cache->IsCheckDue(5));
  CHECK(cache->IsCheckDue(6));
  cache->UnloadBegins();
  cache->UnloadBegins();
  CHECK(cache->IsCheckDue(6));
  cache->UnloadEnds();
  CHECK(cache->IsCheckDue(6));
  cache->UnloadEnds();
  CHECK_FALSE(cache->IsCheckDue(6));
  cache->UnloadEnds();  // as after a fork within a dlclose, which wiped the count
  CHECK_FALSE(cache->IsCheckDue(6));
}

TEST_CASE("a fork child finds the cache empty") {
  const auto is_empty = [] {
    const auto* bytes = reinterpret_cast<const char*>(&rule_cache);
    return std::all_of(bytes, bytes + sizeof(rule_cache), [](char c) { return c == 0; });
  };
  rule_cache.WipeOnFork();
  constexpr uint64_t owner = 1;
  rule_cache.Insert(0x1234, rule_cache.Use(owner), RuleFor(0x1234));
  REQUIRE_FALSE(is_empty());
  const pid_t child = fork();
  if (child == 0) _exit(is_empty() ? 0 : 1);
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}
