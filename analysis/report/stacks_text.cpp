// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/stacks_text.h"

#include <algorithm>

#include "analysis/regression/stack_key.h"
#include "analysis/report/lookup.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

constexpr size_t kMostFrames = 24;  // the JSON report has all of them

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

void Stack(const ReportInput& input, const model::StackVerdict& stack, size_t rank,
           std::string& text) {
  const std::vector<model::SourceFrame> frames = StackFrames(input, stack.stack);
  text += '\n';
  Paragraph(
      text,
      "  #" + std::to_string(rank) + "  " + model::FormatBytesPerHour(stack.growth_bytes_per_hour) +
          " (at least " + model::FormatBytesPerHour(stack.ci_low) + "), " + Percent(stack.share) +
          " of the growth, " + (stack.kind == model::StackKind::kMapping ? "mapped memory, " : "") +
          TargetName(input.data, stack.target) +
          (stack.suppressed_by ? "; suppressed: known growth" : ""),
      6);
  Paragraph(text,
            "      In use " + Estimate(stack.live_bytes, stack.live_bytes_se) +
                ", half of it older than " + model::FormatDuration(stack.age_p50_s) +
                "; fingerprint " + analysis::Fingerprint(frames),
            6);
  if (!stack.explanation.empty()) Paragraph(text, "      " + stack.explanation, 6);
  Frames(frames, text);
}

}  // namespace

void Frames(const std::vector<model::SourceFrame>& frames, std::string& text) {
  if (frames.empty()) Line(text, "      (no frames: the stack table was full)");
  for (size_t i = 0; i < frames.size() && i < kMostFrames; ++i) FrameLine(frames[i], text);
  if (frames.size() > kMostFrames) {
    Line(text, "      ... " + std::to_string(frames.size() - kMostFrames) + " more frames");
  }
}

void Stacks(const ReportInput& input, std::string& text) {
  const std::vector<model::StackVerdict>& stacks = input.verdict.stacks;
  if (stacks.empty()) return;
  const bool has_known = std::ranges::any_of(
      stacks, [](const model::StackVerdict& stack) { return stack.suppressed_by.has_value(); });
  text += has_known ? "\nStacks that grow (what is not suppressed first; innermost frame first)\n"
                    : "\nStacks that grow (surest first; innermost frame first)\n";
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

}  // namespace seep::report
