// SPDX-License-Identifier: Apache-2.0
// Every frame compared with binutils' addr2line.
#include <catch2/catch.hpp>
#include <filesystem>

#include "agent/symbols/symbolizer.h"
#include "fixture.h"

namespace seep::symbols::test {
namespace {

// "operator()<int>" -> "operator()", "work.cold" -> "work"
std::string WithoutArguments(const std::string& name) {
  return name.substr(0, name.find_first_of("<(.", name.starts_with("operator") ? 10 : 1));
}

// Where addr2line 2.40 finds no linkage name (static functions, lambdas; the real function around
// inlined ones) it says the bare DW_AT_name; of the innermost inlined one it says the name of the
// real function. We say "shapes::(anonymous namespace)::Hidden::Inlined".
bool SameFunction(const std::vector<model::SourceFrame>& ours, size_t i, std::string theirs) {
  // addr2line keeps the marks of a compiler's clones, which we drop.
  if (const size_t clone = theirs.find(" [clone"); clone != std::string::npos) {
    theirs.resize(clone);
  }
  const std::string& name = ours[i].function;
  if (name == theirs) return true;
  return name.find(WithoutArguments(theirs)) != std::string::npos ||
         (i == 0 && theirs == ours.back().function);
}

// Everything but the innermost file.
bool SameButForFile(const std::vector<model::SourceFrame>& ours,
                    const std::vector<model::SourceFrame>& theirs) {
  if (ours.size() != theirs.size()) return false;
  for (size_t i = 0; i < ours.size(); ++i) {
    if (!SameFunction(ours, i, theirs[i].function) || ours[i].line != theirs[i].line ||
        (i > 0 && ours[i].file != theirs[i].file) || ours[i].is_inlined != (i + 1 < ours.size())) {
      return false;
    }
  }
  return true;
}

struct Agreement {
  size_t asked = 0;
  size_t with_inlines = 0;
  // addr2line 2.40 takes the wrong file from DWARF 5 line tables that begin in a header, as those
  // of .text.unlikely do: "shapes.cpp:243", a file of 80 lines. llvm-symbolizer agrees with us.
  size_t other_file = 0;
  size_t different = 0;
  size_t same_name = 0;  // of the innermost function, to the letter
  std::string differences;
};

Agreement Compare(const std::string& path, size_t wanted) {
  const model::Module module = ModuleAt(path);
  const std::vector<uint64_t> addresses = SampleAddresses(FunctionsOf(path), wanted);
  const auto expected = AskAddr2line(path, addresses);
  Symbolizer symbolizer;
  Agreement agreement;
  agreement.asked = addresses.size();
  for (size_t i = 0; i < addresses.size(); ++i) {
    const auto frames = symbolizer.Resolve(module, addresses[i], false);
    agreement.with_inlines += frames.size() > 1;
    agreement.same_name += frames[0].function == expected[i][0].function;
    const bool is_same = SameButForFile(frames, expected[i]);
    if (is_same && frames[0].file == expected[i][0].file) continue;
    agreement.other_file += is_same;
    agreement.different += !is_same;
    if (is_same || agreement.different > 10) continue;
    agreement.differences +=
        "ours:\n" + Describe(frames) + "addr2line:\n" + Describe(expected[i]) + "\n";
  }
  for (const std::string& warning : symbolizer.Warnings()) agreement.differences += warning;
  return agreement;
}

TEST_CASE("every sampled address of the fixtures resolves as addr2line resolves it") {
  const std::string name = GENERATE("symbols_dwarf4", "symbols_dwarf5", "symbols_packed");
  const Agreement agreement = Compare(FixturePath(name), 1500);
  INFO(name << "\n" << agreement.differences);
  CHECK(agreement.different == 0);
  CHECK(agreement.same_name * 10 > agreement.asked * 8);
  CHECK(agreement.other_file * 20 < agreement.asked);
  CHECK(agreement.asked > 500);
  CHECK(agreement.with_inlines > 100);
}

TEST_CASE("addresses of this test program resolve as addr2line resolves them") {
  const Agreement agreement = Compare(std::filesystem::read_symlink("/proc/self/exe"), 1000);
  INFO(agreement.differences);
  CHECK(agreement.different == 0);
  CHECK(agreement.same_name * 10 > agreement.asked * 8);
  CHECK(agreement.other_file * 20 < agreement.asked);
  CHECK(agreement.asked > 500);
}

// addr2line does not read these; the code is the same, so the answers must be.
TEST_CASE("split DWARF gives the answers that the same program gives with DWARF inside") {
  const model::Module split = ModuleAt(FixturePath("symbols_split"));
  const model::Module whole = ModuleAt(FixturePath("symbols_dwarf5"));
  Symbolizer symbolizer;
  size_t inlined = 0;
  for (const uint64_t address : SampleAddresses(FunctionsOf(whole.path), 700)) {
    const auto expected = symbolizer.Resolve(whole, address, false);
    const auto frames = symbolizer.Resolve(split, address, false);
    INFO(Describe(frames) << "expected:\n" << Describe(expected));
    REQUIRE(frames.size() == expected.size());
    for (size_t i = 0; i < frames.size(); ++i) {
      // Names without linkage are not qualified here.
      REQUIRE(expected[i].function.ends_with(frames[i].function));
      REQUIRE(frames[i].file == expected[i].file);
      REQUIRE(frames[i].line == expected[i].line);
      inlined += frames[i].is_inlined;
    }
  }
  CHECK(inlined > 100);
}

}  // namespace
}  // namespace seep::symbols::test
