// SPDX-License-Identifier: Apache-2.0
// Files that are missing, replaced, or damaged: a warning and module+address, never a crash.
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include "agent/symbols/symbolizer.h"
#include "fixture.h"

// libdw 0.188 measures strings without regard to the end of their section. The byte after a section
// is ours or the allocator's, so that reads a few bytes too many and no more; told to sanitizer
// builds, which would stop at it. Keep it to this: all other findings count.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "replace_str=0:intercept_strlen=0:intercept_strchr=0:intercept_strndup=0";
}

namespace seep::symbols::test {
namespace {

namespace fs = std::filesystem;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

void WriteFile(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

void CheckRefused(const model::Module& module, const std::string& reason) {
  Symbolizer symbolizer({.debug_folders = {}});
  for (int i = 0; i < 2; ++i) {
    const auto frames = symbolizer.Resolve(module, 0x1234, true);
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].function == fs::path(module.path).filename().string() + "+0x1234");
    CHECK(frames[0].line == 0);
  }
  REQUIRE(symbolizer.Warnings().size() == 1);
  INFO(symbolizer.Warnings()[0]);
  CHECK(symbolizer.Warnings()[0].find(module.path) != std::string::npos);
  CHECK(symbolizer.Warnings()[0].find(reason) != std::string::npos);
}

TEST_CASE("a missing file is told once") {
  CheckRefused({.id = {}, .build_id = "abcd", .path = "/nowhere/libfoo.so"}, "No such file");
}

TEST_CASE("a file replaced since the run is not used") {
  model::Module module = ModuleAt(FixturePath("symbols_dwarf5"));
  module.build_id = std::string(40, 'a');
  CheckRefused(module, "replaced since the run");
  module.build_id.clear();
  CheckRefused(module, "replaced since the run");
}

TEST_CASE("what is not an ELF file is refused") {
  TemporaryFolder folder;
  const std::string path = folder.path() + "/libfoo.so";
  const model::Module module{.id = {}, .build_id = "abcd", .path = path};
  SECTION("empty") {
    WriteFile(path, "");
    CheckRefused(module, "not an ELF file");
  }
  SECTION("text") {
    WriteFile(path, std::string(10000, 'x'));
    CheckRefused(module, "not an ELF file");
  }
  SECTION("an ar archive") {
    WriteFile(path, "!<arch>\n");
    CheckRefused(module, "not an ELF file");
  }
  SECTION("the first bytes of an ELF file") {
    WriteFile(path, std::string("\177ELF\2\1\1\0", 8) + std::string(4, '\0'));
    CheckRefused(module, path);
  }
  SECTION("a folder") {
    fs::create_directory(path);
    CheckRefused(module, "not a regular file");
  }
  SECTION("a FIFO, which would block a careless open") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CheckRefused(module, "not a regular file");
  }
}

void ResolveEverywhere(const model::Module& module, const std::vector<uint64_t>& addresses) {
  Symbolizer symbolizer({.debug_folders = {}});
  for (const uint64_t address : addresses) {
    REQUIRE_FALSE(symbolizer.Resolve(module, address, false).empty());
  }
}

TEST_CASE("truncated files resolve to something at any length") {
  TemporaryFolder folder;
  const model::Module whole = ModuleAt(FixturePath("symbols_dwarf5"));
  const std::string content = ReadFile(whole.path);
  const auto addresses = SampleAddresses(FunctionsOf(whole.path), 20);
  const model::Module cut{.id = {}, .build_id = whole.build_id, .path = folder.path() + "/cut"};
  for (int part = 0; part < 60; ++part) {
    WriteFile(cut.path, content.substr(0, content.size() * static_cast<size_t>(part) / 60));
    ResolveEverywhere(cut, addresses);
  }
  // Section headers come last: what is cut is told.
  WriteFile(cut.path, content.substr(0, content.size() - 8));
  Symbolizer symbolizer({.debug_folders = {}});
  symbolizer.Resolve(cut, addresses[0], false);
  CHECK(symbolizer.Warnings().size() == 1);
}

TEST_CASE("a file cut short or overwritten in place while in use does no harm") {
  TemporaryFolder folder;
  const std::string original = FixturePath("symbols_dwarf5");
  const std::string path = folder.path() + "/program";
  fs::copy_file(original, path);
  const auto addresses = SampleAddresses(FunctionsOf(original), 200);
  const model::Module module = ModuleAt(path);
  const model::Module expected = ModuleAt(original);
  Symbolizer reference;
  Symbolizer symbolizer;
  symbolizer.Resolve(module, addresses[0], false);
  for (const std::string& content : {std::string(), std::string(fs::file_size(original), 'x')}) {
    WriteFile(path, content);
    for (const uint64_t address : addresses) {
      REQUIRE(Describe(symbolizer.Resolve(module, address, false)) ==
              Describe(reference.Resolve(expected, address, false)));
    }
  }
}

TEST_CASE("files with bytes changed at random never crash") {
  TemporaryFolder folder;
  const std::string name = GENERATE("symbols_dwarf4", "symbols_dwarf5");
  const model::Module whole = ModuleAt(FixturePath(name));
  const std::string content = ReadFile(whole.path);
  const auto addresses = SampleAddresses(FunctionsOf(whole.path), 50);
  const std::string bent = folder.path() + "/bent";
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    std::string copy = content;
    for (int i = 0; i < 1 << (round % 12); ++i) {
      // Not in the first kilobyte: without its ELF header all would be refused.
      copy[1024 + random() % (copy.size() - 1024)] = static_cast<char>(random());
    }
    WriteFile(bent, copy);
    ResolveEverywhere(ModuleAt(bent), addresses);
  }
}

}  // namespace
}  // namespace seep::symbols::test
