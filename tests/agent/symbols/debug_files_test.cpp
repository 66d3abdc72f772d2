// SPDX-License-Identifier: Apache-2.0
// Stripped programs: which debug file is found, and what is known without one.
#include "agent/symbols/debug_files.h"

#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/symbols/symbolizer.h"
#include "fixture.h"

namespace seep::symbols::test {
namespace {

namespace fs = std::filesystem;

const std::string kOuter = "_ZN6shapes5OuterEi";

// The whole program's answer and that of a variant of it must be the same at every address.
void CheckSameAnswers(const std::string& whole, const std::string& variant,
                      const SymbolizerOptions& options) {
  Symbolizer reference;
  Symbolizer symbolizer(options);
  const model::Module expected_module = ModuleAt(whole);
  const model::Module module = ModuleAt(variant);
  REQUIRE(module.build_id == expected_module.build_id);
  for (const uint64_t address : SampleAddresses(FunctionsOf(whole), 300)) {
    REQUIRE(Describe(symbolizer.Resolve(module, address, false)) ==
            Describe(reference.Resolve(expected_module, address, false)));
  }
  CHECK(symbolizer.Warnings().empty());
}

std::string BuildIdPath(const std::string& folder, const std::string& build_id) {
  return folder + "/.build-id/" + build_id.substr(0, 2) + "/" + build_id.substr(2) + ".debug";
}

TEST_CASE("a debug file is found by build id") {
  TemporaryFolder folder;
  const std::string stripped = FixturePath("symbols_dwarf5.stripped");
  const fs::path place = BuildIdPath(folder.path(), ModuleAt(stripped).build_id);
  fs::create_directories(place.parent_path());
  fs::copy_file(FixturePath("symbols_dwarf5.debug"), place);
  CheckSameAnswers(FixturePath("symbols_dwarf5"), stripped,
                   {.debug_folders = {"/nowhere", folder.path()}});
}

TEST_CASE("a debug file is found by the debug link") {
  SECTION("in .debug beside the program") {
    CheckSameAnswers(FixturePath("symbols_dwarf5"), FixturePath("linked/symbols_dwarf5"),
                     {.debug_folders = {}});
  }
  SECTION("in the program's folder below a debug folder") {
    TemporaryFolder program_folder;
    TemporaryFolder debug_folder;
    const std::string program = program_folder.path() + "/program";
    fs::copy_file(FixturePath("linked/symbols_dwarf5"), program);
    fs::create_directories(debug_folder.path() + program_folder.path());
    fs::copy_file(FixturePath("linked/.debug/symbols_dwarf5.linked"),
                  debug_folder.path() + program_folder.path() + "/symbols_dwarf5.linked");
    CheckSameAnswers(FixturePath("symbols_dwarf5"), program,
                     {.debug_folders = {debug_folder.path()}});
  }
}

TEST_CASE("without a build id the debug link's checksum decides") {
  TemporaryFolder folder;
  const std::string debug = folder.path() + "/program.debug";
  const std::string program = folder.path() + "/program";
  const std::string objcopy = SEEP_OBJCOPY;
  Run(objcopy + " --only-keep-debug -R .note.gnu.build-id " + FixturePath("symbols_dwarf5") + " " +
      debug);
  Run(objcopy + " --strip-all -R .note.gnu.build-id --add-gnu-debuglink=" + debug + " " +
      FixturePath("symbols_dwarf5") + " " + program);
  const model::Module module = ModuleAt(program);
  REQUIRE(module.build_id.empty());
  const FunctionRange outer = FunctionNamed(FixturePath("symbols_dwarf5"), kOuter);
  const auto resolve = [&] {
    Symbolizer symbolizer;
    auto frames = symbolizer.Resolve(module, outer.low, false);
    CHECK(symbolizer.Warnings().size() == 1);  // nothing says that the program is the same
    return frames.back();
  };
  CHECK(resolve().function == "shapes::Outer(int)");
  CHECK(resolve().line > 0);
  Run("printf x >> " + debug);
  CHECK(resolve().line == 0);
}

TEST_CASE("a debug file of another build is not used") {
  TemporaryFolder folder;
  const std::string stripped = FixturePath("symbols_dwarf5.stripped");
  const model::Module module = ModuleAt(stripped);
  const fs::path place = BuildIdPath(folder.path(), module.build_id);
  fs::create_directories(place.parent_path());
  fs::copy_file(FixturePath("symbols_rdynamic.debug"), place);
  CHECK(FindByBuildId({{folder.path()}, 1 << 30}, module.build_id) == nullptr);
}

TEST_CASE("the debug file serves alone when the program has been deleted") {
  TemporaryFolder folder;
  model::Module module = ModuleAt(FixturePath("symbols_dwarf5"));
  const fs::path place = BuildIdPath(folder.path(), module.build_id);
  fs::create_directories(place.parent_path());
  fs::copy_file(FixturePath("symbols_dwarf5.debug"), place);
  const FunctionRange outer = FunctionNamed(module.path, kOuter);
  module.path = "/gone/service (deleted)";
  Symbolizer symbolizer({.debug_folders = {folder.path()}});
  const auto frames = symbolizer.Resolve(module, outer.low, false);
  CHECK(frames.back().function == "shapes::Outer(int)");
  CHECK(frames.back().file.ends_with("shapes.cpp"));
  CHECK(frames.back().module == "service");
  CHECK(symbolizer.Warnings().size() == 1);
}

TEST_CASE("exported functions have names in a stripped program, and no lines") {
  const model::Module module = ModuleAt(FixturePath("symbols_rdynamic.stripped"));
  const FunctionRange outer = FunctionNamed(FixturePath("symbols_rdynamic"), kOuter);
  Symbolizer symbolizer({.debug_folders = {}});
  const auto frames = symbolizer.Resolve(module, outer.low + 3, false);
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].function == "shapes::Outer(int)");
  CHECK(frames[0].file.empty());
  CHECK(frames[0].line == 0);
  CHECK_FALSE(frames[0].is_inlined);
  CHECK(frames[0].module == "symbols_rdynamic.stripped");
  CHECK(symbolizer.Warnings().empty());
}

TEST_CASE("a fully stripped program gives module and address") {
  const model::Module module = ModuleAt(FixturePath("symbols_dwarf5.stripped"));
  const FunctionRange outer = FunctionNamed(FixturePath("symbols_dwarf5"), kOuter);
  Symbolizer symbolizer({.debug_folders = {}});
  const auto frames = symbolizer.Resolve(module, outer.low + 3, true);
  REQUIRE(frames.size() == 1);
  char expected[64];
  std::snprintf(expected, sizeof expected, "symbols_dwarf5.stripped+0x%llx",
                static_cast<unsigned long long>(outer.low + 3));
  CHECK(frames[0].function == expected);
}

TEST_CASE("the small symbol table in .gnu_debugdata is read") {
  if (std::system("command -v xz > /dev/null") != 0) return;
  TemporaryFolder folder;
  const std::string mini = folder.path() + "/mini";
  const std::string program = folder.path() + "/program";
  const std::string objcopy = SEEP_OBJCOPY;
  Run(objcopy + " --only-keep-debug --strip-debug " + FixturePath("symbols_dwarf5") + " " + mini);
  Run("xz " + mini);
  Run(objcopy + " --add-section .gnu_debugdata=" + mini + ".xz " +
      FixturePath("symbols_dwarf5.stripped") + " " + program);
  const FunctionRange outer = FunctionNamed(FixturePath("symbols_dwarf5"), kOuter);
  Symbolizer symbolizer({.debug_folders = {}});
  const auto frames = symbolizer.Resolve(ModuleAt(program), outer.low + 3, false);
  CHECK(frames[0].function == "shapes::Outer(int)");
}

TEST_CASE("names that dwz moved to a shared file are followed, or missed with a warning") {
  if (std::system("command -v dwz > /dev/null") != 0) return;
  TemporaryFolder folder;
  const std::string one = folder.path() + "/one";
  fs::copy_file(FixturePath("symbols_dwarf4"), one);
  fs::copy_file(FixturePath("symbols_rdynamic"), folder.path() + "/two");
  Run("cd " + folder.path() + " && dwz -m shared -M shared one two 2>&1");
  REQUIRE(fs::exists(folder.path() + "/shared"));
  CheckSameAnswers(FixturePath("symbols_dwarf4"), one, {});

  fs::remove(folder.path() + "/shared");
  Symbolizer symbolizer;
  const model::Module module = ModuleAt(one);
  for (const uint64_t address : SampleAddresses(FunctionsOf(one), 300)) {
    for (const auto& frame : symbolizer.Resolve(module, address, false)) {
      CHECK_FALSE(frame.function.empty());
    }
  }
  REQUIRE(symbolizer.Warnings().size() == 1);
  CHECK(symbolizer.Warnings()[0].find("shared debug file") != std::string::npos);
}

}  // namespace
}  // namespace seep::symbols::test
