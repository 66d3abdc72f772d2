// SPDX-License-Identifier: Apache-2.0
// SARIF 2.1.0, https://docs.oasis-open.org/sarif/sarif/v2.1.0/, within what GitHub's code scanning
// takes of it: docs.github.com, "SARIF support for code scanning".
#include <algorithm>

#include "analysis/report/checks.h"
#include "analysis/report/json_values.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/policy_words.h"
#include "analysis/report/sarif_rules.h"
#include "analysis/report/source_place.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr size_t kMostResults = 200;
constexpr size_t kMostFrames = 100;  // that GitHub shows of a result
constexpr size_t kFunctionColumns = 500;
constexpr char kRoot[] = "%SRCROOT%";

// Sections 3.11.5 and 3.11.6: braces are placeholders, brackets links.
Json Message(const std::string& text) {
  std::string escaped;
  for (const char c : OneLine(text)) {
    if (c == '{' || c == '}') escaped += c;
    if (c == '[' || c == ']' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return {{"text", escaped}};
}

Json Text(const std::string& text) {
  return {{"text", text}};
}

// Null: its file is not known, or (of the place of a result) not in the sources.
Json PhysicalLocation(const model::SourceFrame& frame, const ReportInput& input,
                      bool is_source_only) {
  Json artifact;
  if (const auto place = PlaceInSources(frame.file, input.source_roots)) {
    artifact = {{"uri", UriPath(*place)}, {"uriBaseId", kRoot}};
  } else if (is_source_only || frame.file.empty()) {
    return nullptr;
  } else {
    const bool is_absolute = frame.file.front() == '/';
    artifact = {{"uri", (is_absolute ? "file://" : "") + UriPath(frame.file)}};
  }
  Json location{{"artifactLocation", std::move(artifact)}};
  if (frame.line > 0) location["region"] = {{"startLine", frame.line}};
  return location;
}

Json FrameObject(const model::SourceFrame& frame, const ReportInput& input) {
  const std::string function = Shorten(OneLine(frame.function), kFunctionColumns);
  Json location{{"logicalLocations",
                 Json::array({{{"fullyQualifiedName", function}, {"kind", "function"}}})}};
  Json physical = PhysicalLocation(frame, input, /*is_source_only=*/false);
  if (!physical.is_null()) location["physicalLocation"] = std::move(physical);
  Json object{{"location", std::move(location)}};
  if (!frame.module.empty()) object["module"] = OneLine(frame.module);
  return object;
}

// The first frame within the sources. GitHub takes no result without a file and a line: where there
// is none, it is the program itself, which is in no repository, so that no line is marked.
Json LocationOf(const Check& check, const ReportInput& input) {
  for (const model::SourceFrame& frame : check.frames) {
    Json physical = PhysicalLocation(frame, input, /*is_source_only=*/true);
    if (physical.is_null()) continue;
    if (frame.line <= 0) physical["region"] = {{"startLine", 1}};
    return {{"physicalLocation", std::move(physical)}};
  }
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", UriPath(ServiceName(input))}}},
            {"region", {{"startLine", 1}}}}}};
}

const char* Level(const Check& check) {
  return check.outcome == CheckOutcome::kUndecided ? "warning" : "error";
}

Json SuppressionArray(const model::Suppression& suppression) {
  return Json::array({{{"kind", "external"},
                       {"status", "accepted"},
                       {"justification", OneLine(Justification(suppression))}}});
}

Json ResultObject(const Check& check, const ReportInput& input) {
  Json result{{"ruleId", check.rule},
              {"ruleIndex", IndexOfRule(check.rule)},
              {"level", Level(check)},
              {"message", Message(check.message)},
              {"locations", Json::array({LocationOf(check, input)})}};
  // The same in the next run, whatever lines the code moved to.
  if (check.fingerprint.empty()) {
    result["partialFingerprints"] = {{"seepCheck/v1", check.name}};
  } else {
    result["partialFingerprints"] = {{"seepStack/v1", check.fingerprint}};
  }
  if (!check.frames.empty()) {
    Json frames = Json::array();
    for (size_t i = 0; i < std::min(check.frames.size(), kMostFrames); ++i) {
      frames.push_back(FrameObject(check.frames[i], input));
    }
    result["stacks"] = Json::array({{{"message", Text("allocated here, innermost frame first")},
                                     {"frames", std::move(frames)}}});
  }
  if (check.suppression != nullptr) result["suppressions"] = SuppressionArray(*check.suppression);
  return result;
}

// Memory of a process whose stacks are told is told by them.
bool IsToldByStacks(const Check& check, const std::vector<Check>& checks) {
  namespace metric = model::metric;
  if (check.series == nullptr) return false;
  const std::string& name = check.series->metric;
  if (name != metric::kRssSwap && name != metric::kHeapLive && name != metric::kMappedLive) {
    return false;
  }
  return std::any_of(checks.begin(), checks.end(), [&](const Check& other) {
    return other.kind == CheckKind::kStack && other.target == check.target &&
           other.outcome == check.outcome;
  });
}

bool IsResult(const Check& check, const std::vector<Check>& checks) {
  const bool is_undecided = check.outcome == CheckOutcome::kUndecided;
  switch (check.kind) {
    case CheckKind::kVerdict:
      return is_undecided;
    case CheckKind::kSeries:  // too little data is told once, by the verdict
      if (is_undecided || IsToldByStacks(check, checks)) return false;
      break;
    default:
      break;
  }
  return is_undecided || check.outcome == CheckOutcome::kFailed ||
         check.outcome == CheckOutcome::kSuppressed;
}

Json RulesArray() {
  Json rules = Json::array();
  for (const Rule& rule : Rules()) {
    rules.push_back({{"id", rule.id},
                     {"name", rule.name},
                     {"shortDescription", Text(rule.title)},
                     {"fullDescription", Text(rule.help)},
                     {"help", Text(rule.help)},
                     {"defaultConfiguration", {{"level", "error"}}}});
  }
  return rules;
}

// A run that could not judge has not succeeded, else no result would look like a clean bill.
Json InvocationObject(const ReportInput& input, size_t left_out) {
  const model::Run& run = input.data.run;
  const bool is_judged = input.verdict.exit_code != model::ExitCode::kInconclusive;
  Json notifications = Json::array();
  const auto notify = [&](const std::string& text, const char* level) {
    notifications.push_back({{"level", level}, {"message", Message(text)}});
  };
  if (!is_judged) notify(input.verdict.summary, "error");
  for (const std::string& warning : input.verdict.warnings) notify(warning, "warning");
  for (const std::string& warning : input.warnings) notify(warning, "warning");
  if (left_out > 0) {
    notify(std::to_string(left_out) + " more results are left out: see the JSON report", "warning");
  }
  Json invocation{{"executionSuccessful", is_judged},
                  {"exitCode", static_cast<int>(input.verdict.exit_code)},
                  {"exitCodeDescription", VerdictWord(input.verdict)},
                  {"toolExecutionNotifications", std::move(notifications)}};
  const auto end_ns = run.started_at_ns + static_cast<int64_t>(run.duration_s * 1e9);
  const std::string began = model::FormatTimestamp(run.started_at_ns);
  const std::string ended = model::FormatTimestamp(end_ns);
  if (!began.empty() && !ended.empty()) {
    invocation["startTimeUtc"] = began;
    invocation["endTimeUtc"] = ended;
  }
  return invocation;
}

}  // namespace

std::string ToSarif(const ReportInput& input) {
  const std::vector<Check> checks = Checks(input);
  Json results = Json::array();
  size_t left_out = 0;
  for (const Check& check : checks) {
    if (!IsResult(check, checks)) continue;
    if (results.size() < kMostResults) {
      results.push_back(ResultObject(check, input));
    } else {
      ++left_out;
    }
  }
  Json run{{"tool",
            {{"driver",
              {{"name", "seep"},
               {"version",
                input.data.run.seep_version.empty() ? "unknown" : input.data.run.seep_version},
               {"rules", RulesArray()}}}}},
           // Reports of several services stay apart.
           {"automationDetails", {{"id", "seep/" + UriPath(ServiceName(input)) + "/"}}},
           {"invocations", Json::array({InvocationObject(input, left_out)})},
           {"results", std::move(results)}};
  if (!input.source_roots.empty()) {
    const std::string root = UriPath(input.source_roots.front());
    run["originalUriBaseIds"] = {
        {kRoot, {{"uri", "file://" + root + (root.ends_with('/') ? "" : "/")}}}};
  }
  const Json log{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                 {"version", "2.1.0"},
                 {"runs", Json::array({std::move(run)})}};
  return log.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace seep::report
