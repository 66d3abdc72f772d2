// SPDX-License-Identifier: Apache-2.0
// JUnit XML as Jenkins (junit-10.xsd of its xUnit plugin) and GitLab read it: one suite a run, one
// testcase a check. Times are in fixed point: 8.64e4 is refused.
#include <algorithm>
#include <array>
#include <cstdio>

#include "analysis/report/checks.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/policy_words.h"
#include "analysis/report/report.h"
#include "analysis/report/xml_text.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

std::string Seconds(double seconds) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.3f", std::clamp(seconds, 0.0, 1e9));
  return buffer.data();
}

std::string FrameLines(const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kMostFrames = 100;
  constexpr size_t kColumns = 500;
  std::string lines;
  for (size_t i = 0; i < std::min(frames.size(), kMostFrames); ++i) {
    const model::SourceFrame& frame = frames[i];
    lines += "\n  " + Shorten(OneLine(frame.function), kColumns);
    if (!frame.file.empty()) {
      lines += "  " + ShortenFront(OneLine(frame.file), kColumns);
      if (frame.line > 0) lines += ':' + std::to_string(frame.line);
    }
    if (!frame.module.empty()) lines += "  [" + Shorten(OneLine(frame.module), kColumns) + ']';
    if (frame.is_inlined) lines += " (inlined)";
  }
  return lines;
}

std::string Element(const char* name, const Check& check, const std::string& message) {
  return "      <" + std::string(name) + XmlAttribute("type", check.rule) +
         XmlAttribute("message", message) + ">" +
         XmlText(check.message + FrameLines(check.frames)) + "</" + name + ">\n";
}

std::string Outcome(const Check& check) {
  switch (check.outcome) {
    case CheckOutcome::kFailed:
      return Element("failure", check, check.message);
    case CheckOutcome::kUndecided:
      return Element("error", check, check.message);
    case CheckOutcome::kSkipped:
      return Element("skipped", check, check.message);
    case CheckOutcome::kSuppressed:
      return Element("skipped", check,
                     "suppressed: " + Justification(*check.suppression) + ": " + check.message);
    case CheckOutcome::kPassed:
      break;
  }
  if (check.kind == CheckKind::kVerdict || check.message.empty()) return {};
  return "      <system-out>" + XmlText(check.message) + "</system-out>\n";
}

std::string Property(const std::string& name, const std::string& value) {
  return "      <property" + XmlAttribute("name", name) + XmlAttribute("value", value) + "/>\n";
}

std::string Properties(const ReportInput& input) {
  const model::Run& run = input.data.run;
  return "    <properties>\n" + Property("seep.version", run.seep_version) +
         Property("seep.run", std::to_string(static_cast<int64_t>(run.id))) +
         Property("seep.verdict", VerdictWord(input.verdict)) +
         Property("seep.exit_code", std::to_string(static_cast<int>(input.verdict.exit_code))) +
         Property("seep.confidence", input.verdict.confidence) + "    </properties>\n";
}

struct Counts {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  size_t skipped = 0;
};
Counts Count(const std::vector<Check>& checks) {
  Counts counts{.tests = checks.size()};
  for (const Check& check : checks) {
    counts.failures += check.outcome == CheckOutcome::kFailed;
    counts.errors += check.outcome == CheckOutcome::kUndecided;
    counts.skipped +=
        check.outcome == CheckOutcome::kSkipped || check.outcome == CheckOutcome::kSuppressed;
  }
  return counts;
}

std::string CountAttributes(const Counts& counts, const std::string& seconds) {
  return XmlAttribute("tests", std::to_string(counts.tests)) +
         XmlAttribute("failures", std::to_string(counts.failures)) +
         XmlAttribute("errors", std::to_string(counts.errors)) + XmlAttribute("time", seconds);
}

}  // namespace

std::string ToJunit(const ReportInput& input) {
  const model::Run& run = input.data.run;
  const std::vector<Check> checks = Checks(input);
  const Counts counts = Count(checks);
  const std::string service = ServiceName(input);
  const std::string seconds = Seconds(run.duration_s);
  // Without the zone, which the schema of Ant has no place for; it is UTC.
  const std::string began = model::FormatTimestamp(run.started_at_ns).substr(0, 19);
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" + XmlAttribute("name", "seep") +
      CountAttributes(counts, seconds) + ">\n  <testsuite" +
      XmlAttribute("name", run.name.empty() ? service : run.name) +
      CountAttributes(counts, seconds) + XmlAttribute("skipped", std::to_string(counts.skipped)) +
      XmlAttribute("timestamp", began) + XmlAttribute("hostname", run.host) + ">\n" +
      Properties(input);
  for (const Check& check : checks) {
    const bool is_verdict = check.kind == CheckKind::kVerdict;
    xml += "    <testcase" + XmlAttribute("classname", service) + XmlAttribute("name", check.name) +
           XmlAttribute("time", is_verdict ? seconds : Seconds(0)) + ">\n" + Outcome(check);
    if (is_verdict) xml += "      <system-out>" + XmlText(ToText(input)) + "</system-out>\n";
    xml += "    </testcase>\n";
  }
  return xml + "  </testsuite>\n</testsuites>\n";
}

}  // namespace seep::report
