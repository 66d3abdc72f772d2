// SPDX-License-Identifier: Apache-2.0
// A verdict as text and HTML for people and as JSON for programs. Pure functions; hostile names
// (control characters, broken UTF-8, quotes) break neither.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/run_data.h"
#include "storage/model/stack.h"
#include "storage/model/verdict.h"

namespace seep::report {

// How those that know debug files answered, where they were asked.
struct SymbolServerUse {
  uint64_t requests = 0;
  uint64_t failures = 0;
  uint64_t rejected = 0;   // not asked any more, after failures
  std::string last_error;  // empty: none
};

struct ReportInput {
  const model::RunData& data;
  const model::Verdict& verdict;
  // Symbolised frames of the stacks of the verdict, innermost first. A stack without an entry is
  // printed with its addresses.
  std::map<model::StackId, std::vector<model::SourceFrame>> frames;
  std::vector<std::string> warnings;  // in addition to those of the verdict
  std::optional<SymbolServerUse> symbol_server{};
};

// At most kTextWidth columns, no escape sequences, ends with a newline.
inline constexpr size_t kTextWidth = 100;
std::string ToText(const ReportInput& input);

// docs/report.md describes the keys. Always valid JSON in valid UTF-8; NaN and infinity are null.
inline constexpr char kJsonSchema[] = "seep-report-1";
std::string ToJson(const ReportInput& input);

// One file for a browser that asks for nothing: verdict, charts, flame graphs, tables, search. The
// stacks of ChooseStacks (drawn_stacks.h) should have their frames.
std::string ToHtml(const ReportInput& input);

}  // namespace seep::report
