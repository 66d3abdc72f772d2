// SPDX-License-Identifier: Apache-2.0
#include "fixture.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "agent/symbols/elf_file.h"

namespace seep::symbols::test {

std::string FixturePath(const std::string& name) {
  return std::string(SEEP_FIXTURES "/") + name;
}

model::Module ModuleAt(const std::string& path) {
  auto file = ElfFile::Open(path, UINT64_MAX);
  REQUIRE(file.has_value());
  model::Module module;
  module.id = model::ModuleId{1};
  module.build_id = (*file)->BuildId();
  module.path = path;
  return module;
}

std::string Run(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string output;
  char buffer[4096];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  INFO(command);
  REQUIRE(::pclose(pipe) == 0);
  return output;
}

std::vector<FunctionRange> FunctionsOf(const std::string& path) {
  std::vector<FunctionRange> functions;
  std::istringstream lines(Run("nm -S --defined-only '" + path + "'"));
  std::string line;
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    FunctionRange function;
    uint64_t size_bytes = 0;
    char type = 0;
    words >> std::hex >> function.low >> size_bytes >> type >> function.linker_name;
    // Weak and unique objects share letters with functions only as 'V' and 'u'.
    if (!words || std::string_view("tTwWi").find(type) == std::string_view::npos) continue;
    function.high = function.low + size_bytes;
    functions.push_back(function);
  }
  std::sort(functions.begin(), functions.end(),
            [](const auto& a, const auto& b) { return a.low < b.low; });
  const auto same = [](const auto& a, const auto& b) { return a.low == b.low; };
  functions.erase(std::unique(functions.begin(), functions.end(), same), functions.end());
  return functions;
}

FunctionRange FunctionNamed(const std::string& path, std::string_view linker_name) {
  for (const FunctionRange& function : FunctionsOf(path)) {
    if (function.linker_name == linker_name) return function;
  }
  FAIL("no function " << linker_name << " in " << path);
  return {};
}

std::vector<uint64_t> SampleAddresses(const std::vector<FunctionRange>& functions, size_t wanted) {
  uint64_t total = 0;
  for (const FunctionRange& function : functions) total += function.high - function.low;
  const uint64_t stride = std::max<uint64_t>(1, total / wanted);
  std::vector<uint64_t> addresses;
  uint64_t skip = 0;
  for (const FunctionRange& function : functions) {
    uint64_t address = function.low + skip;
    for (; address < function.high; address += stride) addresses.push_back(address);
    skip = address - function.high;
  }
  return addresses;
}

std::vector<std::vector<model::SourceFrame>> AskAddr2line(const std::string& path,
                                                          const std::vector<uint64_t>& addresses) {
  TemporaryFolder folder;
  const std::string list = folder.path() + "/addresses";
  {
    std::ofstream file(list);
    for (const uint64_t address : addresses) file << std::hex << "0x" << address << '\n';
  }
  std::istringstream lines(Run("addr2line -a -f -C -i -e '" + path + "' < '" + list + "'"));
  std::vector<std::vector<model::SourceFrame>> answers;
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with("0x")) {
      answers.emplace_back();
      continue;
    }
    model::SourceFrame frame;
    frame.function = line;
    std::getline(lines, line);
    if (const size_t note = line.find(" (discriminator"); note != std::string::npos) {
      line.resize(note);
    }
    const size_t colon = line.rfind(':');
    // Without a folder: "??", or a file name from the symbol table, which has no lines.
    if (line.starts_with('/')) {
      frame.file = std::filesystem::path(line.substr(0, colon)).lexically_normal().string();
    }
    frame.line = std::atoi(line.c_str() + colon + 1);
    answers.back().push_back(frame);
  }
  REQUIRE(answers.size() == addresses.size());
  return answers;
}

std::string Describe(const std::vector<model::SourceFrame>& frames) {
  std::string text;
  for (const model::SourceFrame& frame : frames) {
    text += frame.function + " " + frame.file + ":" + std::to_string(frame.line) + "\n";
  }
  return text;
}

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/seep_symbols_XXXXXX";
  REQUIRE(::mkdtemp(name) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace seep::symbols::test
