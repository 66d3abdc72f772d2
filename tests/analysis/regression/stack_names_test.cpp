// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_names.h"

#include <catch2/catch.hpp>

using namespace seep::analysis;

TEST_CASE("what a function takes and returns is no part of its name") {
  CHECK(NormalizeFunction("Cache::Insert(int)") == "Cache::Insert");
  CHECK(NormalizeFunction("Cache::Size() const") == "Cache::Size");
  CHECK(NormalizeFunction("Cache::Take() const volatile &&") == "Cache::Take");
  CHECK(NormalizeFunction("void Store<int>(int (*)(char), unsigned long)") == "Store<int>");
  CHECK(NormalizeFunction("std::map<int, char> const& Find<int>(int)") == "Find<int>");
  CHECK(NormalizeFunction("void (*Choose<int>(int))(long)") == "Choose<int>");
  CHECK(NormalizeFunction("decltype (x()) Call<int>(int)") == "Call<int>");
  CHECK(NormalizeFunction("malloc") == "malloc");
  CHECK(NormalizeFunction("") == "");
}

TEST_CASE("template arguments of template arguments go") {
  CHECK(NormalizeFunction("std::vector<int, std::allocator<int> >::push_back(int const&)") ==
        "std::vector<int, std::allocator>::push_back");
  CHECK(NormalizeFunction("Map<Key<A<B>>, int>::Get") == "Map<Key, int>::Get");
  CHECK(NormalizeFunction("Call<std::function<void (int)> >(int)") == "Call<std::function>");
  CHECK(NormalizeFunction("Call<void (int) const>(int)") == "Call<void>");
  CHECK(NormalizeFunction("Array<int [3], (Color)1>::Get()") == "Array<int, 1>::Get");
}

TEST_CASE("operators keep their names") {
  CHECK(NormalizeFunction("operator new[](unsigned long)") == "operator new[]");
  CHECK(NormalizeFunction("A::operator()(int) const") == "A::operator()");
  CHECK(NormalizeFunction("A<int>::operator[](int)") == "A<int>::operator[]");
  CHECK(NormalizeFunction("std::ostream& operator<< <char>(std::ostream&, char)") ==
        "operator<<<char>");
  CHECK(NormalizeFunction("bool operator< <A>(A, A)") == "operator<<A>");
  CHECK(NormalizeFunction("A::operator->() const") == "A::operator->");
  CHECK(NormalizeFunction("A::operator=(A&&)") == "A::operator=");
  CHECK(NormalizeFunction("A::operator std::string() const") == "A::operator std::string");
  CHECK(NormalizeFunction("operator\"\" _km(long double)") == "operator\"\" _km");
  CHECK(NormalizeFunction("my_operator(int)") == "my_operator");
}

TEST_CASE("what compilers and linkers add goes") {
  CHECK(NormalizeFunction("work.isra.0") == "work");
  CHECK(NormalizeFunction("work.constprop.12.cold") == "work");
  CHECK(NormalizeFunction("work.llvm.1234567") == "work");
  CHECK(NormalizeFunction("work.lto_priv.0") == "work");
  CHECK(NormalizeFunction("work(int) [clone .part.3] [clone .cold]") == "work");
  CHECK(NormalizeFunction("name[abi:cxx11](int)") == "name");
  CHECK(NormalizeFunction("std::__cxx11::basic_string<char>::append(char)") ==
        "std::basic_string<char>::append");
  CHECK(NormalizeFunction("std::__1::vector<int>::reserve(int)") == "std::vector<int>::reserve");
}

TEST_CASE("lambdas and anonymous namespaces are written in one way") {
  const char* lambda = "run::{lambda}::operator()";
  CHECK(NormalizeFunction("run()::{lambda(int)#2}::operator()(int) const") == lambda);
  CHECK(NormalizeFunction("run()::'lambda2'(int)::operator()(int) const") == lambda);
  CHECK(NormalizeFunction("run()::<lambda(int)>::operator()") == lambda);
  CHECK(NormalizeFunction("run()::(anonymous class)::operator()") == lambda);
  CHECK(NormalizeFunction("run::$_0::operator()(int) const") == lambda);
  CHECK(NormalizeFunction("a::(anonymous namespace)::Helper(int)") == "a::Helper");
  CHECK(NormalizeFunction("a::{anonymous}::Helper(int)") == "a::Helper");
  CHECK(NormalizeFunction("a::<unnamed>::Helper") == "a::Helper");
  CHECK(NormalizeFunction("Box<(anonymous namespace)::Item>::Add(int)") == "Box<Item>::Add");
  CHECK(NormalizeFunction("A::{unnamed type#3}::Get()") == "A::{unnamed type}::Get");
}

TEST_CASE("names of Rust and Go") {
  CHECK(NormalizeFunction("shop::cart::add::h0123456789abcdef") == "shop::cart::add");
  CHECK(NormalizeFunction("shop[4f1c2b3a5d6e7f80]::cart::add") == "shop::cart::add");
  CHECK(NormalizeFunction("shop::run::{closure#0}") == "shop::run::{closure}");
  CHECK(NormalizeFunction("shop::run::{{closure}}") == "shop::run::{closure}");
  CHECK(NormalizeFunction("<alloc::vec::Vec<T> as core::ops::Drop>::drop") ==
        "<alloc::vec::Vec as core::ops::Drop>::drop");
  CHECK(NormalizeFunction("net/http.(*conn).serve") == "net/http.(*conn).serve");
  CHECK(NormalizeFunction("main.main.func1") == "main.main.func1");
}

TEST_CASE("of what cannot be resolved the module is left, without its version") {
  CHECK(IsUnresolved("libfoo.so+0x1234"));
  CHECK(IsUnresolved("0x7f0012"));
  CHECK_FALSE(IsUnresolved("box0x12"));
  CHECK_FALSE(IsUnresolved("Cache::Insert(int)"));
  CHECK(NormalizeFunction("libfoo.so.1.2.3+0x1234") == "libfoo.so");
  CHECK(NormalizeFunction("libc-2.31.so+0x1234") == "libc.so");
  CHECK(NormalizeFunction("server+0x1234") == "server");
  CHECK(NormalizeFunction("0x1234") == "0x1234");
}

TEST_CASE("any text is read to its end") {
  for (const char* text :
       {"(", ")", "<", ">>>", "{", "[", "a<(", "operator", "a::operator", "'lambda", "{lambda(",
        "<lambda(", "$_", "a(*", "(*a", "(*)(", "[clone", "a [", " "}) {
    CHECK_FALSE(NormalizeFunction(text).empty());
  }
  CHECK(NormalizeFunction(std::string(100'000, '<')).size() < 100'001);
  CHECK_FALSE(NormalizeFunction(std::string(100'000, '(')).empty());
}
