// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/answers.h"
#include "analysis/report/comparison_text.h"
#include "analysis/report/coverage.h"
#include "analysis/report/heaps_text.h"
#include "analysis/report/load_text.h"
#include "analysis/report/policy_text.h"
#include "analysis/report/report.h"
#include "analysis/report/service_text.h"
#include "analysis/report/stacks_text.h"
#include "analysis/report/tables.h"
#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

// A ledger that was read without a run has no id.
std::string Origin(const model::Run& run) {
  const std::string name = run.name.empty() ? "" : " '" + run.name + "'";
  if (run.id == model::RunId{}) {
    return "Ledger of" + name + ", begun " + model::FormatTimestamp(run.started_at_ns) + ", " +
           model::FormatDuration(run.duration_s) + " old.";
  }
  return "Run " + std::to_string(static_cast<int64_t>(run.id)) + name + ", " +
         model::FormatDuration(run.duration_s) + " observed.";
}

void Head(const ReportInput& input, std::string& text) {
  const model::Run& run = input.data.run;
  Paragraph(text, input.verdict.summary, 0);
  Paragraph(
      text,
      "Exit code " + std::to_string(static_cast<int>(input.verdict.exit_code)) + ". " + Origin(run),
      0);
}

void Coverage(const ReportInput& input, std::string& text) {
  text += "\nCoverage\n";
  for (const TargetCoverage& coverage : MeasureCoverage(input.data)) {
    const model::Target& target = *coverage.target;
    Paragraph(text,
              "  " + TargetName(input.data, target.id) + ": " + std::to_string(coverage.ticks) +
                  " of " + std::to_string(coverage.expected_ticks) + " ticks, " +
                  std::to_string(coverage.snapshots) + " heap snapshots, seen from " +
                  model::FormatDuration(target.first_seen_s) + " to " +
                  model::FormatDuration(target.last_seen_s) + "; probe: " + target.probe,
              4);
  }
  if (input.data.targets.empty()) text += "  no process was observed\n";
  for (const std::string& unseen : UnseenParts(input.data)) Paragraph(text, "  " + unseen, 4);
}

void Warnings(const ReportInput& input, std::string& text) {
  std::vector<std::string> warnings = input.verdict.warnings;
  warnings.insert(warnings.end(), input.warnings.begin(), input.warnings.end());
  if (warnings.empty()) return;
  text += "\nWarnings\n";
  for (const std::string& warning : warnings) Paragraph(text, "  - " + warning, 4);
}

}  // namespace

std::string ToText(const ReportInput& input) {
  std::string text;
  Head(input, text);
  text += '\n';
  Labelled(text, AnswersOf(input));
  ComparedWith(input, text);
  Policy(input, text);
  Load(input, text);
  Stacks(input, text);
  Heaps(input, text);
  Restarts(input, text);
  WholeService(input, text);
  SeriesTable(input, text);
  AttributionTable(input, text);
  Coverage(input, text);
  Warnings(input, text);
  return text;
}

}  // namespace seep::report
