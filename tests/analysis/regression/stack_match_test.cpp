// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_match.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

using namespace seep;
using namespace seep::analysis;

namespace {

model::StackSummary Stack(const std::vector<std::string>& functions, double object_bytes = 100) {
  model::StackSummary stack;
  for (const std::string& function : functions) stack.frames.push_back({function, "", 0, "app"});
  stack.alloc_bytes = 1000 * object_bytes;
  stack.alloc_objects = 1000;
  stack.alloc_samples = 100;
  return stack;
}

// By place in `base`: its partner in `run` and their similarity.
struct Matched {
  Matched(const std::vector<model::StackSummary>& base,
          const std::vector<model::StackSummary>& run) {
    model::RunSummary base_run;
    base_run.stacks = base;
    model::RunSummary new_run;
    new_run.stacks = run;
    StackKeys keys;
    const model::RunSummary* base_runs[] = {&base_run};
    const model::RunSummary* new_runs[] = {&new_run};
    pairs = MatchStacks(GroupStacks(base_runs, keys), GroupStacks(new_runs, keys));
  }
  StackPair Of(size_t base) const {
    for (const StackPair& pair : pairs) {
      if (pair.base == base) return pair;
    }
    return {};
  }

  std::vector<StackPair> pairs;
};

}  // namespace

TEST_CASE("the similarity of paths is that of their longest common subsequence") {
  StackKeys keys;
  const auto similarity = [&](const std::vector<std::string>& a,
                              const std::vector<std::string>& b) {
    return Similarity(keys.Of(Stack(a).frames), keys.Of(Stack(b).frames));
  };
  CHECK(similarity({"a", "b", "c"}, {"a", "b", "c"}) == 1);
  CHECK(similarity({"a", "b", "c"}, {"x", "y"}) == 0);
  CHECK(similarity({"a", "b", "c", "d"}, {"a", "w", "b", "c", "d"}) == Approx(8.0 / 9));
  CHECK(similarity({"a", "b", "c"}, {"c", "b", "a"}) == Approx(2.0 / 6));
}

TEST_CASE("the longest common subsequence by bits is that by the table") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> a;
    std::vector<std::string> b;
    for (size_t i = random() % 64 + 1; i > 0; --i) a.push_back("f" + std::to_string(random() % 20));
    for (size_t i = random() % 64 + 1; i > 0; --i) b.push_back("f" + std::to_string(random() % 20));
    StackKeys keys;
    const StackKey left = keys.Of(Stack(a).frames);
    const StackKey right = keys.Of(Stack(b).frames);
    std::vector<std::vector<int>> table(left.names.size() + 1,
                                        std::vector<int>(right.names.size() + 1));
    for (size_t i = 1; i <= left.names.size(); ++i) {
      for (size_t j = 1; j <= right.names.size(); ++j) {
        table[i][j] = left.names[i - 1] == right.names[j - 1]
                          ? table[i - 1][j - 1] + 1
                          : std::max(table[i - 1][j], table[i][j - 1]);
      }
    }
    const double expected =
        2.0 * table.back().back() / static_cast<double>(left.names.size() + right.names.size());
    REQUIRE(Similarity(left, right) == Approx(expected));
  }
}

TEST_CASE("stacks are matched by name, then by site, then by similarity") {
  const Matched matched(
      {Stack({"Parse", "Read", "Serve", "Loop", "main"}),
       Stack({"Render", "Page", "Serve", "Loop", "main"}),
       Stack({"Pack", "Body", "Serve", "Loop", "main"}), Stack({"Log", "main"})},
      {Stack({"Send", "main"}), Stack({"Pack", "Body", "Wrapper", "Serve", "Loop", "main"}),
       Stack({"Render", "Page", "Serve", "Other", "main"}),
       Stack({"Parse", "Read", "Serve", "Loop", "main"})});
  CHECK(matched.pairs.size() == 5);
  CHECK(matched.Of(0).run == 3);
  CHECK(matched.Of(0).similarity == 1);
  CHECK(matched.Of(1).run == 2);  // the same site
  CHECK(matched.Of(1).similarity == Approx(0.8));
  CHECK(matched.Of(2).run == 1);  // one frame more of six
  CHECK(matched.Of(2).similarity == Approx(10.0 / 11));
  CHECK(matched.Of(3).run == StackPair::kNone);
}

TEST_CASE("of several candidates the most similar is taken") {
  const std::vector<std::string> tail = {"d", "e", "f", "g", "h", "i", "j", "main"};
  const auto with = [&](std::vector<std::string> front) {
    front.insert(front.end(), tail.begin(), tail.end());
    return Stack(front);
  };
  const Matched matched({with({"a", "b"}), with({"x", "b"})},
                        {with({"x", "b", "w"}), with({"a", "b", "w"})});
  CHECK(matched.Of(0).run == 1);
  CHECK(matched.Of(1).run == 0);
}

TEST_CASE("objects of another size, of another kind, or without symbols are not alike") {
  const auto one = [](double object_bytes) {
    return Stack({"a", "b", "c", "d", "e", "f", "g"}, object_bytes);
  };
  const auto other = [](double object_bytes) {
    return Stack({"a", "w", "b", "c", "d", "e", "f", "g"}, object_bytes);
  };
  CHECK(Matched({one(100)}, {other(150)}).Of(0).run == 0);
  CHECK(Matched({one(100)}, {other(300)}).Of(0).run == StackPair::kNone);
  model::StackSummary mapping = other(100);
  mapping.kind = model::StackKind::kMapping;
  CHECK(Matched({one(100)}, {mapping}).Of(0).run == StackPair::kNone);
  const auto bare = [](size_t frames) {
    return Stack(std::vector<std::string>(frames, "app+0x1234"));
  };
  CHECK(Matched({bare(8)}, {bare(8)}).Of(0).run == 0);
  CHECK(Matched({bare(8)}, {bare(9)}).Of(0).run == StackPair::kNone);
}

TEST_CASE("all of many stacks that were renamed alike find their own") {
  constexpr size_t kStacks = 5000;
  std::mt19937 random(11);
  std::vector<model::StackSummary> base;
  std::vector<model::StackSummary> run;
  for (size_t i = 0; i < kStacks; ++i) {
    std::vector<std::string> path = {"Leaf" + std::to_string(i % 7), "Own" + std::to_string(i)};
    for (size_t depth = 0; depth < 28; ++depth) {
      path.push_back("Level" + std::to_string(depth) + "of" + std::to_string(random() % 3));
    }
    base.push_back(Stack(path));
    path.insert(path.begin() + 1, "Wrapper");
    run.push_back(Stack(path));
  }
  const Matched matched(base, run);
  size_t right = 0;
  for (const StackPair& pair : matched.pairs) {
    if (pair.base == pair.run) ++right;
  }
  CHECK(right == kStacks);
}
