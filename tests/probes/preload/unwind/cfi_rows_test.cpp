// SPDX-License-Identifier: Apache-2.0
// Every row of unwind data that the libraries of this machine have, against readelf's reading.
#include <dlfcn.h>
#include <link.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "probes/preload/unwind/unwind_table.h"

using namespace seep::probe::unwind;

namespace {

// Columns of one printed row by name: CFA, rbp, ra.
using Columns = std::map<std::string, std::string>;
struct Row {
  uint64_t start = 0;
  uint64_t end = 0;
  Columns columns;
};

std::vector<std::string> Words(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// Rows of all FDEs that readelf prints as a table; addresses are those of the file.
std::vector<Row> ReadelfRows(const std::string& path) {
  const std::string command = "readelf --debug-dump=frames-interp,no-follow-links " + path;
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  REQUIRE(pipe);
  std::vector<Row> rows;
  std::vector<std::string> header;
  uint64_t fde_end = 0;
  bool has_row = false;  // of the present FDE
  char line[1024];
  while (fgets(line, sizeof(line), pipe.get()) != nullptr) {
    const auto words = Words(line);
    if (words.size() > 3 && (words[3] == "FDE" || words[3] == "CIE")) {
      header.clear();
      has_row = false;
      const auto& range = words.back();  // pc=START..END
      fde_end =
          words[3] == "FDE" ? std::stoull(range.substr(range.find("..") + 2), nullptr, 16) : 0;
    } else if (!words.empty() && words[0] == "LOC") {
      header = words;
    } else if (!header.empty() && fde_end != 0 && words.size() == header.size()) {
      Row row{std::stoull(words[0], nullptr, 16), fde_end, {}};
      for (size_t i = 1; i < words.size(); ++i) row.columns[header[i]] = words[i];
      if (has_row) rows.back().end = row.start;
      rows.push_back(row);
      has_row = true;
    } else if (words.empty()) {
      header.clear();
    }
  }
  return rows;
}

// "rsp+16" or "c-24": the number behind the register.
int64_t OffsetIn(const std::string& text) {
  return std::stoll(text.substr(text.find_first_of("+-")));
}

// What a row says, as a rule; expressions are only seen to be there.
bool Agrees(const Rule& rule, const Columns& columns) {
  const auto column = [&](const char* name) {
    const auto found = columns.find(name);
    return found == columns.end() ? std::string("u") : found->second;
  };
  const std::string cfa = column("CFA");
  const std::string rbp = column("rbp");
  if (column("ra") == "u") return rule.kind() == RuleKind::kEnd;
  if (cfa == "exp") return !rule.is_common() && rule.kind() < RuleKind::kEnd;
  if (column("ra") != "c-8") return false;
  const std::map<std::string, RuleKind> kinds = {
      {"rsp", RuleKind::kFromRsp}, {"rbp", RuleKind::kFromRbp}, {"rbx", RuleKind::kFromRbx}};
  const auto kind = kinds.find(cfa.substr(0, 3));
  if (kind == kinds.end() || rule.kind() != kind->second) return false;
  const int64_t rbp_offset = rbp == "u" || rbp == "s" ? kRbpKept : OffsetIn(rbp);
  return rule.cfa_offset() == OffsetIn(cfa) && rule.rbp_offset() == rbp_offset;
}

struct Totals {
  uint64_t rows = 0;
  uint64_t unknown = 0;  // rows that no rule can hold
};

Totals CompareLibrary(const char* name) {
  void* library = dlopen(name, RTLD_NOW);
  INFO(name << ": " << (library == nullptr ? dlerror() : ""));
  REQUIRE(library != nullptr);
  link_map* map = nullptr;
  REQUIRE(dlinfo(library, RTLD_DI_LINKMAP, &map) == 0);
  UnwindTable table;
  REQUIRE(FindUnwindTable(reinterpret_cast<uint64_t>(map->l_ld), &table));
  Totals totals;
  for (const Row& row : ReadelfRows(map->l_name)) {
    if (row.start >= row.end) continue;  // a later row begins at the same address
    ++totals.rows;
    for (const uint64_t address : {row.start, row.end - 1}) {
      const Rule rule = FindRule(table, map->l_addr + address);
      if (rule.kind() == RuleKind::kNotUnderstood) {
        totals.unknown += address == row.start ? 1 : 0;
        continue;
      }
      if (Agrees(rule, row.columns)) continue;
      std::string text;
      for (const auto& [column, value] : row.columns) text += column + "=" + value + " ";
      FAIL_CHECK(name << " at " << std::hex << address << ": readelf has " << text
                      << ", the rule is " << rule.bits);
    }
  }
  dlclose(library);
  return totals;
}

}  // namespace

TEST_CASE("every row of unwind data gives the rule that readelf reads") {
  Totals all;
  for (const char* name : {"libc.so.6", "ld-linux-x86-64.so.2", "libstdc++.so.6", "libgcc_s.so.1",
                           "libm.so.6", "libsqlite3.so.0"}) {
    const Totals totals = CompareLibrary(name);
    CHECK(totals.rows > 100);
    all.rows += totals.rows;
    all.unknown += totals.unknown;
  }
  WARN(all.rows << " rows, not understood: " << all.unknown);
  CHECK(all.rows > 50'000);
  CHECK(all.unknown * 1000 < all.rows);
}

// Assembly: in one row of 88 the CFA is in rax, rsi or r11, which no function that calls keeps.
TEST_CASE("hand-written unwind data is read or refused, never misread") {
  if (dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL) == nullptr) return;
  const Totals totals = CompareLibrary("libcrypto.so.3");
  WARN(totals.rows << " rows, not understood: " << totals.unknown);
  CHECK(totals.unknown * 50 < totals.rows);
}
