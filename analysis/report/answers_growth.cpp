// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/report/answers.h"
#include "analysis/report/findings.h"
#include "analysis/report/lookup.h"
#include "analysis/report/phrases.h"
#include "analysis/report/where_from.h"
#include "analysis/series/find_series.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using model::SeriesVerdict;

double Middle(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// ", from 12.0 MiB to 46.0 MiB": the middle values of the first and the last tenth of what is
// judged. Empty where it ends no higher, as between two peaks.
std::string FromTo(const ReportInput& input, const SeriesVerdict& series) {
  constexpr size_t kTenth = 10;
  const auto* points = analysis::FindPoints(input.data, series.target, series.metric);
  if (points == nullptr || points->size() < kTenth) return {};
  const double begin_s = points->back().t_s - series.usable_s;
  std::vector<double> values;
  for (const model::Point& point : *points) {
    if (point.t_s >= begin_s && std::isfinite(point.value)) values.push_back(point.value);
  }
  if (values.size() < kTenth) return {};
  const auto count = static_cast<std::ptrdiff_t>(values.size() / kTenth);
  const double first = Middle({values.begin(), values.begin() + count});
  const double last = Middle({values.end() - count, values.end()});
  if (!(last > first)) return {};
  const std::string unit = series.unit == "bytes" ? series.unit : "";
  return ", from " + model::FormatQuantity(first, unit) + " to " +
         model::FormatQuantity(last, unit) + " in " + model::FormatDuration(series.usable_s);
}

// No process grows by itself: what is told is told of all.
bool IsOfService(const Findings& findings) {
  return findings.series.empty() && findings.stacks.empty();
}

void WhatGrew(const ReportInput& input, const Findings& findings, AnswerList& answers) {
  LabelOnce lines(answers, "What grew");
  const std::string name = TargetName(input.data, input.verdict.attributed_target);
  for (const SeriesVerdict* series : findings.series) {
    const bool is_stairs = series->growth_class == model::GrowthClass::kStaircase;
    lines.Add(analysis::MetricInWords(series->metric) + " of " + name + FromTo(input, *series) +
              (is_stairs ? ", in steps" : "") + (series->suppressed_by ? ", suppressed" : ""));
  }
  for (const SeriesVerdict& series : input.verdict.service) {
    if (series.is_finding && IsOfService(findings)) {
      lines.Add(analysis::MetricInWords(series.metric) + " of all processes together");
    }
  }
  if (findings.series.empty() && !findings.stacks.empty()) {
    lines.Add("what " + std::to_string(findings.stacks.size()) + " of the stacks of " + name +
              " keep; its memory as a whole does not show it yet");
  }
  // The verdict speaks of the worst; the others are named.
  constexpr size_t kMostOthers = 3;
  size_t others = 0;
  for (const model::Target& target : input.data.targets) {
    if (target.id == input.verdict.attributed_target) continue;
    const Findings more = FindingsOf(input, target.id);
    if (more.series.empty() && more.stacks.empty()) continue;
    if (++others > kMostOthers) continue;
    std::string what;
    for (const SeriesVerdict* series : more.series) {
      what += (what.empty() ? "" : ", ") + analysis::MetricInWords(series->metric);
    }
    lines.Add("also of " + TargetName(input.data, target.id) + ": " +
              (what.empty() ? "what its stacks keep" : what));
  }
  if (others > kMostOthers) {
    lines.Add("and of " + std::to_string(others - kMostOthers) + " more processes");
  }
}

void HowFastAll(const ReportInput& input, const Findings& findings, AnswerList& answers) {
  LabelOnce lines(answers, "How fast");
  for (const SeriesVerdict& series : input.verdict.service) {
    if (series.is_finding && IsOfService(findings)) {
      lines.Add(analysis::MetricInWords(series.metric) + ": " + HowFast(series));
    }
  }
  for (const SeriesVerdict* series : findings.series) {
    const bool is_alone = findings.series.size() == 1;
    lines.Add((is_alone ? "" : analysis::MetricInWords(series->metric) + ": ") + HowFast(*series));
  }
  if (findings.series.empty() && !findings.stacks.empty()) {
    double certain = 0;
    for (const model::StackVerdict* stack : findings.stacks) certain += stack->ci_low;
    lines.Add(model::FormatBytes(findings.StacksPerHour()) + " per hour; at least " +
              model::FormatBytes(certain));
  }
}

void SinceWhenAll(const ReportInput& input, const Findings& findings, AnswerList& answers) {
  const model::Target* target = FindTarget(input.data, input.verdict.attributed_target);
  if (target == nullptr) return;
  const double started_s = static_cast<double>(input.data.run.started_at_ns) / 1e9;
  LabelOnce lines(answers, "Since when");
  std::vector<std::string> said;
  for (const SeriesVerdict* series : findings.series) {
    const std::string since =
        SinceWhen(*series, target->first_seen_s, target->last_seen_s, started_s, "watching began");
    if (since.empty() || std::find(said.begin(), said.end(), since) != said.end()) continue;
    lines.Add((said.empty() ? "" : analysis::MetricInWords(series->metric) + ": ") + since);
    said.push_back(since);
  }
}

const model::Forecast* FindForecast(const ReportInput& input, const std::string& metric) {
  for (const model::Forecast& forecast : input.verdict.forecasts) {
    if (forecast.metric == metric) return &forecast;
  }
  return nullptr;
}

// Of the three that show one and the same growth.
bool IsMemory(const std::string& metric) {
  return metric == model::metric::kHeapLive || metric == model::metric::kMappedLive ||
         metric == model::metric::kRssSwap;
}

void WhatWillHappen(const ReportInput& input, const Findings& findings, AnswerList& answers) {
  LabelOnce lines(answers, "What will happen");
  bool is_memory_told = input.verdict.forecast.has_value();
  if (is_memory_told) lines.Add(LimitIsReached(*input.verdict.forecast, "bytes"));
  // One line for memory, of the first quantity that shows it, and one for each count.
  for (const SeriesVerdict* series : findings.series) {
    const bool is_memory = IsMemory(series->metric);
    if (is_memory && is_memory_told) continue;
    is_memory_told = is_memory_told || is_memory;
    if (const model::Forecast* forecast = FindForecast(input, series->metric)) {
      lines.Add(LimitIsReached(*forecast, forecast->unit));
      continue;
    }
    lines.Add(MoreLater(series->slope_per_hour, series->unit, series->usable_s));
  }
  if (!is_memory_told && !findings.stacks.empty()) {
    const model::Target* target = FindTarget(input.data, input.verdict.attributed_target);
    const double lived_s = target != nullptr ? target->last_seen_s - target->first_seen_s : 0;
    lines.Add(MoreLater(findings.StacksPerHour(), "bytes", lived_s));
  }
}

}  // namespace

AnswerList GrowthAnswers(const ReportInput& input) {
  const Findings findings = FindingsOf(input, input.verdict.attributed_target);
  AnswerList answers;
  WhatGrew(input, findings, answers);
  answers.push_back({"How sure", HowSure(input.verdict)});
  HowFastAll(input, findings, answers);
  SinceWhenAll(input, findings, answers);
  WhereFrom(input, findings, answers);
  WhatWillHappen(input, findings, answers);
  if (input.verdict.exit_code == model::ExitCode::kPass) {
    answers.push_back({"Smallest seen", SmallestSeen(input)});
  }
  return answers;
}

}  // namespace seep::report
