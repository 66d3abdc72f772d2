// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/fingerprint.h"

#include <catch2/catch.hpp>

using namespace seep;
using namespace seep::report;

TEST_CASE("what a compiler adds to a name goes") {
  CHECK(NormalizeFunction("Cache::Insert(int)") == "Cache::Insert(int)");
  CHECK(NormalizeFunction("work.isra.0") == "work");
  CHECK(NormalizeFunction("work.constprop.12.cold") == "work");
  CHECK(NormalizeFunction("work(int) [clone .part.3]") == "work(int)");
  CHECK(NormalizeFunction("name[abi:cxx11](int)") == "name(int)");
  CHECK(NormalizeFunction("run()::{lambda(int)#2}::operator()(int)") ==
        "run()::{lambda(int)#}::operator()(int)");
  CHECK(NormalizeFunction("libfoo.so+0x1234") == "libfoo.so");
}

TEST_CASE("a fingerprint survives a rebuild and tells stacks apart") {
  const std::vector<model::SourceFrame> before = {{"grow.isra.0", "a.c", 10, "app", false},
                                                  {"main", "a.c", 99, "app", false}};
  const std::vector<model::SourceFrame> after = {{"grow", "b.c", 17, "app2", true},
                                                 {"main", "a.c", 101, "app2", false}};
  CHECK(Fingerprint(before) == Fingerprint(after));
  CHECK(Fingerprint(before).size() == 16);
  const std::vector<model::SourceFrame> other = {after[1], after[0]};
  CHECK(Fingerprint(other) != Fingerprint(before));
  // FNV-1a of nothing is its offset basis.
  CHECK(Fingerprint({}) == "cbf29ce484222325");
}

TEST_CASE("the depth of a recursion does not matter") {
  const model::SourceFrame walk{"walk", "", 0, "app", false};
  const model::SourceFrame main{"main", "", 0, "app", false};
  CHECK(Fingerprint({walk, walk, walk, main}) == Fingerprint({walk, main}));
}
