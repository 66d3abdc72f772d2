// SPDX-License-Identifier: Apache-2.0
// Not run by ctest: symbols_test "[symbols-bench]". SEEP_BENCH_ELF names the file, by default this
// program; it needs symbols and DWARF of its own. Figures are in docs/symbols.md.
#include <dwarf.h>
#include <elfutils/libdw.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "agent/symbols/elf_file.h"
#include "agent/symbols/scope_index.h"
#include "agent/symbols/symbolizer.h"
#include "fixture.h"

namespace seep::symbols::test {
namespace {

class Stopwatch {
 public:
  double us() const {
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start_)
        .count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

size_t AskGetscopes(Dwarf* dwarf, uint64_t address) {
  Dwarf_Die unit;
  if (dwarf_addrdie(dwarf, address, &unit) == nullptr) return 0;
  Dwarf_Die* scopes = nullptr;
  const int scope_count = dwarf_getscopes(&unit, address, &scopes);
  size_t functions = 0;
  for (int i = 0; i < scope_count; ++i) {
    const int tag = dwarf_tag(&scopes[i]);
    functions += tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram;
  }
  std::free(scopes);
  return functions;
}

double PeakMegabytes() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  double kilobytes = 0;
  status >> kilobytes;
  return kilobytes / 1024;
}

TEST_CASE("index against dwarf_getscopes", "[.][symbols-bench]") {
  const char* chosen = std::getenv("SEEP_BENCH_ELF");
  const std::string path = chosen != nullptr
                               ? std::string(chosen)
                               : std::filesystem::read_symlink("/proc/self/exe").string();
  auto addresses = SampleAddresses(FunctionsOf(path), 20000);
  std::shuffle(addresses.begin(), addresses.end(), std::mt19937(3));
  std::printf("%s: %.1f MB, peak before %.0f MB\n", path.c_str(),
              static_cast<double>(std::filesystem::file_size(path)) / 1e6, PeakMegabytes());

  Stopwatch opening;
  auto file = ElfFile::Open(path, UINT64_MAX);
  REQUIRE(file.has_value());
  Dwarf* dwarf = dwarf_begin_elf((*file)->elf(), DWARF_C_READ, nullptr);
  REQUIRE(dwarf != nullptr);
  std::printf("read sections        %10.1f ms\n", opening.us() / 1e3);

  Stopwatch building;
  const ScopeIndex index(dwarf, (*file)->CodeSections());
  std::printf("build index          %10.1f ms, index %.1f MB, peak %.0f MB\n", building.us() / 1e3,
              static_cast<double>(index.HeapBytes()) / 1e6, PeakMegabytes());

  Stopwatch finding;
  size_t frames = 0;
  for (const uint64_t address : addresses) frames += index.Find(address).size();
  std::printf("index lookup         %10.3f us each, %zu addresses, %zu frames\n",
              finding.us() / static_cast<double>(addresses.size()), addresses.size(), frames);

  const size_t few = std::min<size_t>(addresses.size(), 100);
  Stopwatch scoping;
  size_t scopes = 0;
  for (size_t i = 0; i < few; ++i) scopes += AskGetscopes(dwarf, addresses[i]);
  std::printf("dwarf_getscopes      %10.1f us each, %zu addresses, %zu frames\n",
              scoping.us() / static_cast<double>(few), few, scopes);
  dwarf_end(dwarf);

  Symbolizer symbolizer;
  const model::Module module = ModuleAt(path);
  Stopwatch loading;
  symbolizer.Resolve(module, addresses[0], true);
  std::printf("first Resolve        %10.1f ms (symbols, index, one line table)\n",
              loading.us() / 1e3);
  Stopwatch resolving;
  for (size_t i = 0; i < 2000 && i < addresses.size(); ++i) {
    symbolizer.Resolve(module, addresses[i], true);
  }
  std::printf(
      "2000 Resolve, cold   %10.1f us each (line tables, names, demangling), peak %.0f MB\n",
      resolving.us() / 2000, PeakMegabytes());
  Stopwatch again;
  for (size_t i = 0; i < 2000 && i < addresses.size(); ++i) {
    symbolizer.Resolve(module, addresses[i], true);
  }
  std::printf("the same 2000 again  %10.1f us each\n", again.us() / 2000);
}

}  // namespace
}  // namespace seep::symbols::test
