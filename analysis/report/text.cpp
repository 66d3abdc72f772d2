// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>
#include <cstdio>

#include "analysis/report/coverage.h"
#include "analysis/report/fingerprint.h"
#include "analysis/report/lookup.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/report.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr size_t kMostStacks = 10;  // the JSON report has all of them
constexpr size_t kMostFrames = 24;  // likewise

// One line of at most kTextWidth columns.
void Line(std::string& text, std::string_view line) {
  text += Shorten(line, kTextWidth) + '\n';
}

// As many lines as it takes, the following ones indented.
void Paragraph(std::string& text, const std::string& paragraph, size_t indent) {
  text += Wrap(OneLine(paragraph), kTextWidth, indent) + '\n';
}

std::string Format(const char* format, auto... values) {
  std::array<char, 256> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

// Left-aligned in `columns` columns, at least one blank after it.
std::string Cell(const std::string& text, size_t columns) {
  const std::string cut = Shorten(text, columns - 1);
  return cut + std::string(columns - Columns(cut), ' ');
}

std::string Quantity(double value, const std::string& unit) {
  if (!std::isfinite(value)) return "?";
  if (unit == "bytes") return model::FormatBytes(value);
  return Format(std::abs(value) < 1000 ? "%.3g" : "%.0f", value);
}

std::string Percent(double share) {
  return std::isfinite(share) ? Format("%.0f %%", std::round(100 * share) + 0.0) : "?";  // no -0
}

std::string Hours(double hours) {
  return std::isfinite(hours) ? model::FormatDuration(3600 * hours) : "never";
}

std::string TargetName(const model::RunData& data, model::TargetId id) {
  const model::Target* target = FindTarget(data, id);
  if (target == nullptr) return "unknown process";
  return OneLine(model::ProgramName(*target)) + " (pid " + std::to_string(target->pid) + ")";
}

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
  Paragraph(text,
            "Confidence " + input.verdict.confidence + ". Exit code " +
                std::to_string(static_cast<int>(input.verdict.exit_code)) + ". " + Origin(run),
            0);
}

void FrameLine(const model::SourceFrame& frame, std::string& text) {
  constexpr size_t kIndent = 6;
  constexpr size_t kFileColumns = 34;  // the end of a long path is what tells it
  constexpr size_t kModuleColumns = 20;
  std::string place;
  if (!frame.file.empty()) {
    place = "  " + ShortenFront(OneLine(frame.file), kFileColumns);
    if (frame.line > 0) place += ':' + std::to_string(frame.line);
  }
  if (!frame.module.empty()) place += "  [" + Shorten(OneLine(frame.module), kModuleColumns) + ']';
  if (frame.is_inlined) place += " (inlined)";
  const size_t room = kTextWidth - kIndent - Columns(place);
  Line(text, std::string(kIndent, ' ') + Shorten(OneLine(frame.function), room) + place);
}

std::string Estimate(double bytes, double standard_error) {
  return model::FormatBytes(bytes) + " +- " + model::FormatBytes(standard_error);
}

void Frames(const std::vector<model::SourceFrame>& frames, std::string& text) {
  if (frames.empty()) Line(text, "      (no frames: the stack table was full)");
  for (size_t i = 0; i < frames.size() && i < kMostFrames; ++i) FrameLine(frames[i], text);
  if (frames.size() > kMostFrames) {
    Line(text, "      ... " + std::to_string(frames.size() - kMostFrames) + " more frames");
  }
}

void Stack(const ReportInput& input, const model::StackVerdict& stack, size_t rank,
           std::string& text) {
  const std::vector<model::SourceFrame> frames = StackFrames(input, stack.stack);
  text += '\n';
  Paragraph(
      text,
      "  #" + std::to_string(rank) + "  " + model::FormatBytesPerHour(stack.growth_bytes_per_hour) +
          " (at least " + model::FormatBytesPerHour(stack.ci_low) + "), " + Percent(stack.share) +
          " of the growth, " + (stack.kind == model::StackKind::kMapping ? "mapped memory, " : "") +
          TargetName(input.data, stack.target),
      6);
  Paragraph(text,
            "      In use " + Estimate(stack.live_bytes, stack.live_bytes_se) +
                ", half of it older than " + model::FormatDuration(stack.age_p50_s) +
                "; fingerprint " + Fingerprint(frames),
            6);
  if (!stack.explanation.empty()) Paragraph(text, "      " + stack.explanation, 6);
  Frames(frames, text);
}

void Stacks(const ReportInput& input, std::string& text) {
  const std::vector<model::StackVerdict>& stacks = input.verdict.stacks;
  if (stacks.empty()) return;
  text += "\nWhere it comes from (growing stacks, surest first; innermost frame first)\n";
  if (input.verdict.heap_growth_explained > 0) {
    Line(text, "  All growing stacks together make " +
                   Percent(input.verdict.heap_growth_explained) +
                   " of what the heap gained after warm-up.");
  }
  for (size_t i = 0; i < stacks.size() && i < kMostStacks; ++i) {
    Stack(input, stacks[i], i + 1, text);
  }
  if (stacks.size() > kMostStacks) {
    Line(text, "\n  ... " + std::to_string(stacks.size() - kMostStacks) + " more growing stacks");
  }
}

std::string Explain(model::AgePattern ages) {
  switch (ages) {
    case model::AgePattern::kTooFew:
      break;
    case model::AgePattern::kStartUp:
      return "nearly all from the start, kept since then";
    case model::AgePattern::kYoung:
      return "nearly all young: work in progress";
    case model::AgePattern::kSpread:
      return "from every part of the process's life: a leak, or a cache that is not emptied";
    case model::AgePattern::kMixed:
      return "of mixed age";
  }
  return "too few sampled blocks to say more";
}

// The stacks that one would look at first.
std::string Suspects(const model::HeapStanding& heap) {
  std::string ranks;
  for (size_t i = 0; i < heap.stacks.size() && i < kMostStacks; ++i) {
    if (heap.stacks[i].pattern != model::AgePattern::kSpread) continue;
    ranks += (ranks.empty() ? "#" : ", #") + std::to_string(i + 1);
  }
  return ranks.empty() ? "" : "; in use from every part of its life: " + ranks;
}

void StandingStack(const ReportInput& input, const model::StackStanding& stack, size_t rank,
                   std::string& text) {
  const std::vector<model::SourceFrame> frames = StackFrames(input, stack.stack);
  const bool is_mapping = stack.kind == model::StackKind::kMapping;
  text += '\n';
  Paragraph(text,
            "  #" + std::to_string(rank) + "  " + Estimate(stack.live_bytes, stack.live_bytes_se) +
                ", " + Percent(stack.share) + (is_mapping ? " of the mapped memory" : "") +
                ", in " + Quantity(stack.live_objects, "objects") +
                (is_mapping ? " mappings" : " objects") + ", half of it older than " +
                model::FormatDuration(stack.age_p50_s) + "; " +
                (is_mapping ? "mapped" : "allocated") + " here in all " +
                model::FormatBytes(stack.alloc_bytes) + "; fingerprint " + Fingerprint(frames),
            6);
  Paragraph(text, "      " + Explain(stack.pattern), 6);
  Frames(frames, text);
}

// Where growth cannot be judged: what there is.
void Heaps(const ReportInput& input, std::string& text) {
  for (const model::HeapStanding& heap : input.verdict.heaps) {
    text += '\n';
    Paragraph(text,
              "Live heap of " + TargetName(input.data, heap.target) + ": " +
                  Estimate(heap.live_bytes, heap.live_bytes_se) + " in " +
                  Quantity(heap.live_objects, "objects") + " objects of " +
                  std::to_string(heap.stack_count) + " stacks; allocated in all " +
                  model::FormatBytes(heap.alloc_bytes) + "; " +
                  (heap.mapped_bytes > 0
                       ? "mapped memory beside it " + model::FormatBytes(heap.mapped_bytes) + "; "
                       : "") +
                  std::to_string(heap.samples) + " samples, T = " +
                  model::FormatBytes(static_cast<double>(input.data.run.interval_bytes)) +
                  Suspects(heap),
              2);
    for (size_t i = 0; i < heap.stacks.size() && i < kMostStacks; ++i) {
      StandingStack(input, heap.stacks[i], i + 1, text);
    }
    if (heap.stack_count > kMostStacks) {
      Line(text, "\n  ... " + std::to_string(heap.stack_count - kMostStacks) + " more stacks");
    }
  }
}

void WhatWillHappen(const ReportInput& input, std::string& text) {
  if (input.verdict.forecasts.empty()) return;
  text += "\nWhat will happen\n";
  for (const model::Forecast& forecast : input.verdict.forecasts) {
    Paragraph(
        text,
        "  The limit of " +
            model::FormatQuantity(static_cast<double>(forecast.limit), forecast.unit) + " (" +
            forecast.limit_source + ") is reached in " + Hours(forecast.hours) +
            " (90 % interval " + Hours(forecast.low) + " to " + Hours(forecast.high) + ")" +
            (forecast.is_beyond_horizon
                 ? "; more than ten times the observed time ahead: an order of magnitude only."
                 : "."),
        2);
  }
}

// Those of resources say nothing in the text unless they grow; the JSON report has all.
bool IsWorthALine(const model::SeriesVerdict& series) {
  if (!series.is_informational || model::IsGrowth(series.growth_class)) return true;
  namespace metric = model::metric;
  for (const char* name : {metric::kRssAnon, metric::kRssFile, metric::kRssShmem, metric::kSwap}) {
    if (series.metric == name) return true;
  }
  return false;
}

void SeriesTable(const ReportInput& input, std::string& text) {
  if (input.verdict.series.empty()) return;
  text += "\nSeries (slope per hour after warm-up, 95 % interval)\n";
  model::TargetId shown{};
  bool is_first = true;
  for (const model::SeriesVerdict& series : input.verdict.series) {
    if (!IsWorthALine(series)) continue;
    if (is_first || series.target != shown) {
      Line(text, "  " + TargetName(input.data, series.target) + ", since " +
                     model::FormatDuration(series.warmup_end_s));
      Line(text, "    " + Cell("metric", 20) + Cell("class", 19) + Cell("level", 12) +
                     Cell("slope", 12) + Cell("from", 12) + Cell("to", 12) + "points");
    }
    is_first = false;
    shown = series.target;
    const bool is_known = series.growth_class != model::GrowthClass::kInsufficientData;
    const auto slope = [&](double value) {
      return Cell(is_known ? Quantity(value, series.unit) : "-", 12);
    };
    Line(text, "    " + Cell(OneLine(series.metric), 20) +
                   Cell(model::ToString(series.growth_class), 19) +
                   Cell(Quantity(series.level, series.unit), 12) + slope(series.slope_per_hour) +
                   slope(series.ci_low) + slope(series.ci_high) + std::to_string(series.points));
    const bool is_worth_words = series.growth_class != model::GrowthClass::kStable;
    if (is_worth_words && !series.explanation.empty()) {
      Line(text, "      " + OneLine(series.explanation));
    }
  }
}

// Shares of a slope that may as well be zero would be large numbers without a meaning.
bool IsRssSlopeClear(const model::Verdict& verdict) {
  for (const model::SeriesVerdict& series : verdict.series) {
    if (series.target == verdict.attributed_target && series.metric == model::metric::kRssSwap) {
      return series.ci_low > 0 || series.ci_high < 0;
    }
  }
  return false;
}

void AttributionTable(const ReportInput& input, std::string& text) {
  if (input.verdict.attribution.empty()) return;
  const bool has_shares = IsRssSlopeClear(input.verdict);
  text += "\nWhat the resident memory of " +
          Shorten(TargetName(input.data, input.verdict.attributed_target), 40) +
          " grows by (least squares)\n";
  for (const model::AttributionPart& part : input.verdict.attribution) {
    Line(text, "    " + Cell(OneLine(part.name), 30) +
                   Cell(model::FormatBytesPerHour(std::round(part.slope_per_hour) + 0.0), 16) +
                   (has_shares ? Percent(part.share) + " (" + Percent(part.share_low) + " to " +
                                     Percent(part.share_high) + ")"
                               : "-"));
  }
  Line(text,
       "    " + Cell("together", 30) + model::FormatBytesPerHour(input.verdict.rss_slope_per_hour));
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
  Stacks(input, text);
  Heaps(input, text);
  WhatWillHappen(input, text);
  SeriesTable(input, text);
  AttributionTable(input, text);
  Coverage(input, text);
  Warnings(input, text);
  return text;
}

}  // namespace seep::report
