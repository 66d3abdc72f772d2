// SPDX-License-Identifier: Apache-2.0
// A verdict in the formats that people, programs and pipelines read (docs/report.md). Pure
// functions; hostile names (control characters, broken UTF-8, quotes, markup) break none of them.
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
  // Absolute, without "." and "..": where the sources are, or were when they were compiled. All
  // stand for one place, the root of the repository. For SARIF.
  std::vector<std::string> source_roots{};
};

// At most kTextWidth columns, no escape sequences, ends with a newline.
inline constexpr size_t kTextWidth = 100;
std::string ToText(const ReportInput& input);

// docs/report.md describes the keys. Always valid JSON in valid UTF-8; NaN and infinity are null.
inline constexpr char kJsonSchema[] = "seep-report-1";
std::string ToJson(const ReportInput& input);

// JUnit XML: a suite, a testcase for each check. Valid XML 1.0.
std::string ToJunit(const ReportInput& input);

// SARIF 2.1.0: a result for each finding.
std::string ToSarif(const ReportInput& input);

// GitHub's and GitLab's Markdown, for a job summary or a comment. What is left out to keep the size
// is named in its last line.
inline constexpr size_t kMarkdownBytes = 256 << 10;  // fewer than this
std::string ToMarkdown(const ReportInput& input);

// One file for a browser that asks for nothing: verdict, charts, flame graphs, tables, search. The
// stacks of ChooseStacks (drawn_stacks.h) should have their frames.
std::string ToHtml(const ReportInput& input);

}  // namespace seep::report
