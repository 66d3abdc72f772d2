// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_key.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace seep;
using namespace seep::analysis;

namespace {

std::vector<model::SourceFrame> Frames(const std::vector<std::string>& functions,
                                       const std::string& module = "app") {
  std::vector<model::SourceFrame> frames;
  for (const std::string& function : functions) frames.push_back({function, "", 0, module, false});
  return frames;
}

std::string Path(const std::vector<std::string>& functions) {
  return Fingerprint(Frames(functions));
}

}  // namespace

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
  CHECK(Path({"walk", "walk", "walk", "main"}) == Path({"walk", "main"}));
  CHECK(Path({"a", "b", "a", "b", "a", "b", "main"}) == Path({"a", "b", "main"}));
  CHECK(Path({"a", "b", "c", "d", "a", "b", "c", "d", "main"}) ==
        Path({"a", "b", "c", "d", "main"}));
  CHECK(Path({"a", "b", "a", "main"}) != Path({"a", "b", "main"}));
}

TEST_CASE("allocators and the inner life of libraries are no part of a path") {
  const std::string plain = Path({"std::vector<int>::push_back", "Fill", "main"});
  CHECK(Path({"malloc", "operator new(unsigned long)",
              "__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)",
              "std::allocator_traits<std::allocator<int> >::allocate(std::allocator<int>&)",
              "std::_Vector_base<int, std::allocator<int> >::_M_allocate(unsigned long)",
              "void std::vector<int>::_M_realloc_insert<int>(int&&)",
              "std::vector<int>::emplace_back(int&&)", "std::vector<int>::push_back(int&&)",
              "Fill(int)", "main", "__libc_start_call_main", "_start"}) == plain);
  // A library that calls back stays, as what the application calls.
  CHECK(Path({"Compare", "std::__introsort_loop<int*>", "std::sort<int*>", "main"}) ==
        Path({"Compare", "std::sort<int*>", "main"}));
  CHECK(Path({"Compare", "std::sort<int*>", "main"}) != Path({"Compare", "main"}));
  std::vector<model::SourceFrame> frames = Frames({"arena_malloc"}, "libjemalloc.so.2");
  frames.push_back({"strdup", "", 0, "libc.so.6", false});
  frames.push_back({"Fill", "", 0, "app", false});
  CHECK(Fingerprint(frames) == Path({"strdup", "Fill"}));
  // Nothing else: all of it.
  CHECK(Path({"malloc", "_start"}) != Path({}));
}

TEST_CASE("site and leaf are of the application") {
  StackKeys keys;
  const StackKey key =
      keys.Of(Frames({"std::vector<int>::push_back", "Fill", "Read", "Serve", "Loop", "main"}));
  const StackKey other = keys.Of(Frames({"std::string::append", "Fill", "Read", "Serve", "Once"}));
  CHECK(key.full != other.full);
  CHECK(key.site == other.site);
  CHECK(key.leaf == other.leaf);
  CHECK(keys.NameOf(key.own.front()) == "Fill");
  const StackKey third = keys.Of(Frames({"Fill", "Read", "Main"}));
  CHECK(third.site != key.site);
  CHECK(third.leaf == key.leaf);
}

TEST_CASE("stacks without symbols are known by module and shape") {
  const auto path = [](const std::vector<std::string>& functions) {
    return StackKeys().Of(Frames(functions, ""));
  };
  const StackKey key = path({"libfoo.so.1+0x10", "libfoo.so.1+0x20", "app+0x30"});
  CHECK_FALSE(key.has_symbols);
  CHECK(key.full == path({"libfoo.so.2+0x11", "libfoo.so.2+0x25", "app+0x39"}).full);
  CHECK(key.full != path({"libfoo.so.1+0x10", "app+0x30"}).full);
  CHECK(path({"libfoo.so.1+0x10", "main"}).has_symbols);
}
