// SPDX-License-Identifier: Apache-2.0
#include "analysis/stacks/call_site.h"

#include <catch2/catch.hpp>

using namespace seep;
using model::StackLevel;

namespace {

constexpr model::ModuleId kProgram{1};
constexpr model::ModuleId kLibc{2};

const analysis::CallSites& Sites() {
  static const analysis::CallSites sites(
      {{kProgram, "", "/usr/bin/service"}, {kLibc, "", "/lib/x86_64-linux-gnu/libc.so.6"}});
  return sites;
}

model::Stack Stack(std::vector<model::Frame> frames) {
  model::Stack stack;
  stack.frames = std::move(frames);
  return stack;
}

}  // namespace

TEST_CASE("a site is three frames of the application, a function is one") {
  const model::Stack a = Stack({{kLibc, 9}, {kProgram, 1}, {kProgram, 2}, {kProgram, 3}});
  const model::Stack b =
      Stack({{kProgram, 1}, {kProgram, 2}, {kProgram, 3}, {kProgram, 4}});  // without libc's strdup
  const model::Stack c = Stack({{kProgram, 1}, {kProgram, 7}, {kProgram, 3}});
  CHECK(Sites().Key(a, StackLevel::kSite) == Sites().Key(b, StackLevel::kSite));
  CHECK(Sites().Key(a, StackLevel::kSite) != Sites().Key(c, StackLevel::kSite));
  CHECK(Sites().Key(a, StackLevel::kFunction) == Sites().Key(c, StackLevel::kFunction));
}

TEST_CASE("stacks of one caller differ in the innermost frame only") {
  const model::Stack a = Stack({{kProgram, 1}, {kProgram, 2}, {kProgram, 3}});
  const model::Stack b = Stack({{kLibc, 9}, {kProgram, 8}, {kProgram, 2}, {kProgram, 3}});
  const model::Stack c = Stack({{kProgram, 1}, {kProgram, 5}, {kProgram, 3}});
  CHECK(Sites().CallerKey(a) == Sites().CallerKey(b));
  CHECK(Sites().CallerKey(a) != Sites().CallerKey(c));
}

TEST_CASE("mappings are no siblings of blocks, and stacks without frames of nothing") {
  const model::Stack heap = Stack({{kProgram, 1}});
  model::Stack mapping = heap;
  mapping.kind = model::StackKind::kMapping;
  CHECK(Sites().Key(heap, StackLevel::kFunction) != Sites().Key(mapping, StackLevel::kFunction));
  CHECK(Sites().Key(Stack({}), StackLevel::kSite) == 0);
  CHECK(Sites().CallerKey(heap) == 0);
}
