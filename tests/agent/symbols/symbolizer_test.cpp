// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/symbolizer.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "fixture.h"

namespace seep::symbols::test {
namespace {

TEST_CASE("frames come innermost first, and only inlined ones are marked") {
  const std::string path = FixturePath("symbols_dwarf5");
  const FunctionRange outer = FunctionNamed(path, "_ZN6shapes5OuterEi");
  Symbolizer symbolizer;
  std::vector<model::SourceFrame> deepest;
  for (uint64_t address = outer.low; address < outer.high; ++address) {
    auto frames = symbolizer.Resolve(ModuleAt(path), address, false);
    CHECK(frames.back().function == "shapes::Outer(int)");
    CHECK_FALSE(frames.back().is_inlined);
    if (frames.size() > deepest.size()) deepest = std::move(frames);
  }
  INFO(Describe(deepest));
  REQUIRE(deepest.size() == 3);
  CHECK(deepest[0].function == "shapes::Innermost(int)");
  CHECK(deepest[1].function == "shapes::Middle(int)");
  CHECK(deepest[0].is_inlined);
  CHECK(deepest[1].is_inlined);
  // Line of the call of Innermost in Middle, and of Middle in Outer.
  CHECK(deepest[1].line == 23);
  CHECK(deepest[2].line == 36);
  for (const auto& frame : deepest) {
    CHECK(frame.file.ends_with("/fixtures/shapes.cpp"));
    CHECK(frame.module == "symbols_dwarf5");
  }
}

TEST_CASE("a return address belongs to the call before it") {
  const std::string path = FixturePath("symbols_dwarf5");
  const FunctionRange outer = FunctionNamed(path, "_ZN6shapes5OuterEi");
  const model::Module module = ModuleAt(path);
  Symbolizer symbolizer;
  CHECK(symbolizer.Resolve(module, outer.high, true).back().function == "shapes::Outer(int)");
  CHECK(symbolizer.Resolve(module, outer.low, true).back().function != "shapes::Outer(int)");
  CHECK(symbolizer.Resolve(module, 0, true).size() == 1);
}

TEST_CASE("functions without linkage are named with their surroundings") {
  const std::string path = FixturePath("symbols_dwarf5");
  Symbolizer symbolizer;
  bool has_seen_method = false;
  bool has_seen_lambda = false;
  for (const uint64_t address : SampleAddresses(FunctionsOf(path), 4000)) {
    for (const auto& frame : symbolizer.Resolve(ModuleAt(path), address, false)) {
      if (!frame.is_inlined) continue;
      has_seen_method |= frame.function == "shapes::(anonymous namespace)::Hidden::Inlined";
      has_seen_lambda |= frame.function.starts_with("shapes::WithLambda(std::vector<int") &&
                         frame.function.ends_with("::(anonymous class)::operator()");
    }
  }
  CHECK(has_seen_method);
  CHECK(has_seen_lambda);
}

TEST_CASE("C functions keep their source names when the compiler clones them") {
  const std::string path = FixturePath("symbols_dwarf5");
  Symbolizer symbolizer;
  size_t clones = 0;
  for (const FunctionRange& function : FunctionsOf(path)) {
    if (!function.linker_name.starts_with("clone_me.")) continue;
    ++clones;
    CHECK(symbolizer.Resolve(ModuleAt(path), function.low, false).back().function == "clone_me");
  }
  CHECK(clones > 0);
}

TEST_CASE("an assembly label without a size reaches to the next symbol, not beyond its section") {
  const std::string path = FixturePath("symbols_dwarf5");
  const std::string line = Run("nm '" + path + "' | grep ' T bare_assembly$'");
  const uint64_t address = std::strtoull(line.c_str(), nullptr, 16);
  const model::Module module = ModuleAt(path);
  Symbolizer symbolizer;
  CHECK(symbolizer.Resolve(module, address, false)[0].function == "bare_assembly");
  CHECK(symbolizer.Resolve(module, address + 2, false)[0].function == "bare_assembly");
  CHECK(symbolizer.Resolve(module, 0x40000000, false)[0].function == "symbols_dwarf5+0x40000000");
}

TEST_CASE("what has no file is named by its address, without a warning") {
  Symbolizer symbolizer;
  const auto name = [&](const std::string& path) {
    const auto frames = symbolizer.Resolve({.id = {}, .build_id = "", .path = path}, 0x1234, true);
    REQUIRE(frames.size() == 1);
    return frames[0].function;
  };
  CHECK(name("") == "0x1234");
  CHECK(name("[vdso]") == "[vdso]+0x1234");
  CHECK(name("anon_inode:[perf_event]") == "anon_inode:[perf_event]+0x1234");
  CHECK(symbolizer.Warnings().empty());
}

TEST_CASE("a module marked as deleted is used when the same build is in its place") {
  model::Module module = ModuleAt(FixturePath("symbols_dwarf5"));
  const FunctionRange outer = FunctionNamed(module.path, "_ZN6shapes5OuterEi");
  module.path += " (deleted)";
  Symbolizer symbolizer;
  const auto frames = symbolizer.Resolve(module, outer.low, false);
  CHECK(frames.back().function == "shapes::Outer(int)");
  CHECK(frames.back().module == "symbols_dwarf5");
  CHECK(symbolizer.Warnings().empty());
}

TEST_CASE("modules are looked for below the sysroot") {
  model::Module module = ModuleAt(FixturePath("symbols_dwarf5"));
  const FunctionRange outer = FunctionNamed(module.path, "_ZN6shapes5OuterEi");
  module.path = "/symbols_dwarf5";
  Symbolizer symbolizer({.sysroot = SEEP_FIXTURES});
  CHECK(symbolizer.Resolve(module, outer.low, false).back().function == "shapes::Outer(int)");
}

TEST_CASE("files above the copy limit are mapped and give the same answers") {
  const model::Module module = ModuleAt(FixturePath("symbols_dwarf5"));
  Symbolizer copied;
  Symbolizer mapped({.copy_limit_bytes = 0});
  for (const uint64_t address : SampleAddresses(FunctionsOf(module.path), 100)) {
    REQUIRE(Describe(mapped.Resolve(module, address, false)) ==
            Describe(copied.Resolve(module, address, false)));
  }
}

TEST_CASE("DEBUGINFOD_URLS makes nobody connect") {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(::listen(listener, 1) == 0);
  REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  ::setenv("DEBUGINFOD_URLS", url.c_str(), 1);
  Symbolizer symbolizer;
  symbolizer.Resolve(ModuleAt(FixturePath("symbols_dwarf5.stripped")), 0x1234, true);
  ::unsetenv("DEBUGINFOD_URLS");
  CHECK(::accept(listener, nullptr, nullptr) == -1);
  ::close(listener);
}

}  // namespace
}  // namespace seep::symbols::test
