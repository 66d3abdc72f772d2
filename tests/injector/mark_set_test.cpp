// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/mark_set.h"

#include <catch2/catch.hpp>
#include <memory>
#include <random>
#include <thread>
#include <unordered_map>
#include <vector>

namespace seep_leak {
namespace {

void* Address(uintptr_t number) {
  return reinterpret_cast<void*>(0x7f1234560000 + number * 16);
}

std::unique_ptr<MarkSet> MakeSet() {
  auto set = std::make_unique<MarkSet>();
  REQUIRE(set->Init());
  return set;
}

TEST_CASE("MarkSet agrees with a map through inserts, removals and growth") {
  const auto set = MakeSet();
  std::unordered_map<void*, size_t> expected;
  std::minstd_rand random(1);
  for (size_t i = 0; i < 500'000; ++i) {
    void* block = Address(random() % 50'000);
    const auto found = expected.find(block);
    if (found == expected.end()) {
      set->Insert(block, i);
      expected[block] = i;
    } else {
      size_t size_bytes = 0;
      if (!set->MayHold(block) || !set->Remove(block, &size_bytes)) FAIL("lost " << block);
      if (size_bytes != found->second) FAIL("size of " << block);
      expected.erase(found);
    }
  }
  size_t size_bytes = 0;
  for (const auto& [block, size] : expected) {
    if (!set->Remove(block, &size_bytes)) FAIL("lost " << block);
  }
  for (uintptr_t i = 0; i < 50'000; ++i) {
    if (set->Remove(Address(i), &size_bytes)) FAIL("left " << i);
  }
}

// Regression: address 0 stands for an empty entry, which free(nullptr) once "found" and removed.
TEST_CASE("MarkSet never holds the null pointer") {
  const auto set = MakeSet();
  size_t size_bytes = 0;
  CHECK_FALSE(set->Remove(nullptr, &size_bytes));
  set->Insert(Address(1), 24);
  CHECK_FALSE(set->Remove(nullptr, &size_bytes));
  CHECK(set->MayHold(Address(1)));
  CHECK(set->Remove(Address(1), &size_bytes));
  CHECK(size_bytes == 24);
}

TEST_CASE("MarkSet keeps the marks of several threads apart") {
  const auto set = MakeSet();
  std::atomic<unsigned> lost{0};
  std::vector<std::thread> threads;
  for (uintptr_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uintptr_t i = 0; i < 40'000; ++i) set->Insert(Address(4 * i + t), i);
      for (uintptr_t i = 0; i < 40'000; ++i) {
        size_t size_bytes = 0;
        if (!set->Remove(Address(4 * i + t), &size_bytes) || size_bytes != i) ++lost;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(lost == 0);
}

}  // namespace
}  // namespace seep_leak
