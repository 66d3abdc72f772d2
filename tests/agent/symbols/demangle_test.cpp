// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/demangle.h"

#include <catch2/catch.hpp>
#include <string>

namespace seep::symbols {
namespace {

TEST_CASE("C++ names become readable") {
  CHECK(Demangle("_ZN6shapes5OuterEi") == "shapes::Outer(int)");
  CHECK(Demangle("_ZNSt6vectorIiSaIiEE9push_backERKi") ==
        "std::vector<int, std::allocator<int> >::push_back(int const&)");
  CHECK(Demangle("_Znwm") == "operator new(unsigned long)");
  CHECK(Demangle("_ZZN1a1fEvENKUliE_clEi") == "a::f()::{lambda(int)#1}::operator()(int) const");
}

TEST_CASE("Rust names lose their mangling and their hash") {
  CHECK(Demangle("_ZN5alloc7raw_vec19RawVec$LT$T$C$A$GT$8grow_one17h0123456789abcdefE") ==
        "alloc::raw_vec::RawVec<T,A>::grow_one");
  CHECK(Demangle("_RNvC6_123foo3bar") == "123foo::bar");
  CHECK(Demangle("_RINvNtC3std3mem8align_ofjdE") == "std::mem::align_of::<usize, f64>");
  CHECK(Demangle("_RNvMs_NtCs1234_7mycrate4leakNtB4_5Cache6insert") ==
        "<mycrate::leak::Cache>::insert");
}

TEST_CASE("plain names stay as they are") {
  CHECK(Demangle("malloc") == "malloc");
  CHECK(Demangle("") == "");
  CHECK(Demangle("_Z") == "_Z");
  CHECK(Demangle("_Zgarbage") == "_Zgarbage");
  CHECK(Demangle("_R") == "_R");
  CHECK(Demangle("main.main") == "main.main");  // Go
  CHECK(Demangle(".hidden") == ".hidden");
}

TEST_CASE("what changes from build to build is dropped") {
  CHECK(Demangle("memcpy@@GLIBC_2.14") == "memcpy");
  CHECK(Demangle("clone_me.constprop.0") == "clone_me");
  CHECK(Demangle("_ZN6shapes5OuterEi.part.0.cold") == "shapes::Outer(int)");
  CHECK(Demangle("work.llvm.1234567") == "work");
}

TEST_CASE("long names become readable, beyond libiberty's own limit of 1024 characters") {
  std::string mangled = "_Z1f";
  for (char letter = 'a'; letter <= 'z'; ++letter) mangled += "99" + std::string(99, letter);
  REQUIRE(mangled.size() > 2500);
  const std::string readable = Demangle(mangled);
  CHECK(readable.starts_with("f(aaaa"));
  CHECK(readable.ends_with("zzzz)"));
}

TEST_CASE("names that would grow without bound are cut") {
  // f(X<int, int>, X<1st, 1st>, X<2nd, 2nd>, ...): 2^34 words when written out.
  const std::string digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string doubling = "_Z1f1XIiiE";
  for (size_t i = 0; i < 34; ++i) {
    const std::string last = "S" + digits.substr(i, 1) + "_";
    doubling += "S_I" + last + last + "E";
  }
  const std::string cut = Demangle(doubling);
  CHECK(cut.size() == kMaxDemangledLength);
  CHECK(cut.starts_with("f(X<int, int>, X<X<int, int>, X<int, int> >"));
}

TEST_CASE("names too long to be true stay mangled, and are cut") {
  CHECK(Demangle("_Z1f" + std::string(1'000'000, 'P') + "i").size() == kMaxDemangledLength);
  CHECK(Demangle("_R" + std::string(1'000'000, 'I')).size() == kMaxDemangledLength);
  CHECK(Demangle(std::string(1'000'000, 'x')).size() == kMaxDemangledLength);
  for (const char* part : {"P", "N", "S", "I", "DpT_", "Xad", "L_Z", "F"}) {
    std::string deep = "_Z1f";
    while (deep.size() + 4 < kMaxMangledLength) deep += part;
    CHECK(Demangle(deep).size() <= kMaxDemangledLength);  // and returns, with the stack intact
    CHECK(Demangle("_RINv" + deep.substr(4)).size() <= kMaxDemangledLength);
  }
}

}  // namespace
}  // namespace seep::symbols
