// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/load_text.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/drift_words.h"
#include "analysis/report/answers.h"
#include "analysis/report/findings.h"
#include "analysis/report/phrases.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/text_lines.h"
#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

using model::OperationStanding;
using model::SeriesVerdict;

constexpr size_t kMostOperations = 10;  // in the text; the JSON report has all of them
constexpr size_t kMostDrifts = 5;

std::vector<const SeriesVerdict*> Drifting(const ReportInput& input, const std::string* source) {
  std::vector<const SeriesVerdict*> drifting;
  for (const SeriesVerdict& series : input.verdict.series) {
    const bool is_drift = series.drift && series.is_finding;
    if (is_drift && (source == nullptr || series.drift->source == *source)) {
      drifting.push_back(&series);
    }
  }
  return drifting;
}

std::string MetricOf(const SeriesVerdict& series) {
  namespace metric = model::metric;
  const std::pair<const char*, const char*> words[] = {{metric::kLatencyP50, "p50"},
                                                       {metric::kLatencyP95, "p95"},
                                                       {metric::kLatencyP99, "p99"},
                                                       {metric::kErrorRate, "errors"}};
  for (const auto& [name, text] : words) {
    if (series.metric == name) return text;
  }
  return series.metric;
}

std::string NameOf(const SeriesVerdict& series) {
  const std::string& operation = series.drift->operation;
  return MetricOf(series) + (operation.empty() ? "" : " of " + operation);
}

std::string Within(const model::LatencyQuantiles& quantiles) {
  return "half within " + analysis::Latency(quantiles.p50_s) + ", 95 % within " +
         analysis::Latency(quantiles.p95_s) + ", 99 % within " + analysis::Latency(quantiles.p99_s);
}

std::string Failed(const OperationStanding& standing) {
  if (standing.errors == 0) return "none failed";
  const double share = standing.errors / standing.requests;
  return Quantity(100 * share, "") + " % failed";
}

void Asked(const OperationStanding& all, AnswerList& answers) {
  std::string asked = analysis::Count(std::round(all.requests)) + " requests in " +
                      model::FormatDuration(all.end_s - all.begin_s) + ", " +
                      analysis::Count(all.requests_per_s) + " a second (most of the time " +
                      analysis::Count(all.least_per_s) + " to " + analysis::Count(all.most_per_s) +
                      ")";
  if (all.concurrency) asked += ", from " + analysis::Number(*all.concurrency) + " users at once";
  answers.push_back({"What was asked", asked});
}

void Answered(const OperationStanding& all, AnswerList& answers) {
  const bool has_latency = std::isfinite(all.measured.p50_s);
  const model::LatencyQuantiles& judged = all.corrected ? *all.corrected : all.measured;
  LabelOnce lines(answers, "How answered");
  lines.Add((has_latency ? Within(judged) + "; " : "") + Failed(all));
  if (all.corrected) {
    lines.Add("as measured " + Within(all.measured) +
              "; the figures above make up for what was not asked while an answer was awaited");
  }
}

std::string Interval(const SeriesVerdict& series) {
  const analysis::ChangeRange range = analysis::ChangeRangeOf(series);
  return "the data allow " + range.low + " to " + range.high;
}

// What the latency of all answers together could not have hidden.
std::string SmallestDrift(const ReportInput& input, const std::string& source) {
  std::string words;
  for (const SeriesVerdict& series : input.verdict.series) {
    if (!series.drift || series.drift->source != source || !series.drift->operation.empty() ||
        !series.metric.starts_with("latency_") ||
        series.growth_class == model::GrowthClass::kInsufficientData) {
      continue;
    }
    words += (words.empty() ? "; " : ", ") + MetricOf(series) + " that rises by " +
             analysis::DetectableInWords(series);
  }
  return words.empty() ? words : SmallestSeen(words);
}

void Drifts(const ReportInput& input, const std::string& source, AnswerList& answers) {
  const std::vector<const SeriesVerdict*> drifting = Drifting(input, &source);
  LabelOnce lines(answers, "What drifts");
  if (drifting.empty()) lines.Add("nothing that was judged" + SmallestDrift(input, source));
  for (size_t i = 0; i < std::min(drifting.size(), kMostDrifts); ++i) {
    lines.Add(analysis::DescribeDrift(*drifting[i]) + "; " + Interval(*drifting[i]));
  }
  if (drifting.size() > kMostDrifts) {
    lines.Add("and " + std::to_string(drifting.size() - kMostDrifts) + " more series of it");
  }
}

// What is too little is said for all together; of operations how many.
void Unjudged(const ReportInput& input, const std::string& source, AnswerList& answers) {
  LabelOnce lines(answers, "Not judged");
  size_t unjudged = 0;
  size_t operations = 0;
  for (const SeriesVerdict& series : input.verdict.series) {
    if (!series.drift || series.drift->source != source) continue;
    const bool is_short = series.growth_class == model::GrowthClass::kInsufficientData;
    if (series.drift->operation.empty()) {
      if (is_short) lines.Add(MetricOf(series) + ": " + series.explanation);
      continue;
    }
    ++operations;
    unjudged += is_short;
  }
  if (unjudged > 0) {
    lines.Add(std::to_string(unjudged) + " of " + std::to_string(operations) +
              " series of operations: too few answers, or not told");
  }
}

void Operations(const ReportInput& input, const std::string& source, std::string& text) {
  size_t shown = 0;
  for (const OperationStanding& one : input.verdict.load.operations) {
    if (one.source != source || one.operation.empty() || shown++ >= kMostOperations) continue;
    if (shown == 1) {
      Line(text, "    " + Cell("operation", 32) + Cell("requests", 14) + Cell("failed", 10) +
                     Cell("p50", 11) + Cell("p95", 11) + "p99");
    }
    const model::LatencyQuantiles& judged = one.corrected ? *one.corrected : one.measured;
    Line(text, "    " + Cell(OneLine(one.operation), 32) +
                   Cell(analysis::Count(std::round(one.requests)), 14) +
                   Cell(Quantity(100 * one.errors / one.requests, "") + " %", 10) +
                   Cell(analysis::Latency(judged.p50_s), 11) +
                   Cell(analysis::Latency(judged.p95_s), 11) + analysis::Latency(judged.p99_s));
  }
  if (shown > kMostOperations) {
    Line(text, "    and " + std::to_string(shown - kMostOperations) + " more");
  }
}

}  // namespace

AnswerList DriftAnswers(const ReportInput& input) {
  AnswerList answers;
  const std::vector<const SeriesVerdict*> drifting = Drifting(input, nullptr);
  const double started_s = static_cast<double>(input.data.run.started_at_ns) / 1e9;
  LabelOnce what(answers, "What drifts");
  const size_t count = std::min(drifting.size(), kMostDrifts);
  for (size_t i = 0; i < count; ++i) what.Add(analysis::DescribeDrift(*drifting[i]));
  answers.push_back({"How sure", HowSure(input.verdict)});
  LabelOnce fast(answers, "How fast");
  for (size_t i = 0; i < count; ++i) {
    fast.Add(NameOf(*drifting[i]) + ": " + analysis::ChangeInWords(*drifting[i]) + "; " +
             Interval(*drifting[i]));
  }
  LabelOnce since(answers, "Since when");
  std::vector<std::string> said;
  for (size_t i = 0; i < count; ++i) {
    const SeriesVerdict& series = *drifting[i];
    const std::string when =
        SinceWhen(series, 0, series.warmup_end_s + series.usable_s, started_s, "watching began");
    if (std::find(said.begin(), said.end(), when) != said.end()) continue;
    since.Add((said.empty() ? "" : NameOf(series) + ": ") + when);
    said.push_back(when);
  }
  const SeriesVerdict* rss = SubjectSeries(input, model::metric::kRssSwap);
  const bool is_judged =
      rss != nullptr && rss->growth_class != model::GrowthClass::kInsufficientData;
  answers.push_back({"Its memory", is_judged ? "does not grow; " + SmallestSeen(input)
                                             : "not judged: too little data, see the warnings"});
  return answers;
}

void Load(const ReportInput& input, std::string& text) {
  const std::string* before = nullptr;
  for (const OperationStanding& all : input.verdict.load.operations) {
    const bool is_told = before != nullptr && *before == all.source;
    before = &all.source;
    if (is_told) continue;
    text += '\n';
    Line(text, "Load, as " + OneLine(all.source) + " tells it");
    AnswerList answers;
    Asked(all, answers);
    Answered(all, answers);
    // Beneath the summary of such a verdict it was said already.
    if (input.verdict.growth_class != model::GrowthClass::kDrift) {
      Drifts(input, all.source, answers);
    }
    Unjudged(input, all.source, answers);
    if (all.source == input.verdict.load.covariate_source) {
      answers.push_back(
          {"Its use", "what rises and falls with this rate is no growth of a process"});
    }
    Labelled(text, answers);
    Operations(input, all.source, text);
  }
}

}  // namespace seep::report
