// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/heaps_text.h"

#include "analysis/regression/stack_key.h"
#include "analysis/report/lookup.h"
#include "analysis/report/stacks_text.h"
#include "analysis/report/text_lines.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

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
  Paragraph(
      text,
      "  #" + std::to_string(rank) + "  " + Estimate(stack.live_bytes, stack.live_bytes_se) + ", " +
          Percent(stack.share) + (is_mapping ? " of the mapped memory" : "") + ", in " +
          Quantity(stack.live_objects, "objects") + (is_mapping ? " mappings" : " objects") +
          ", half of it older than " + model::FormatDuration(stack.age_p50_s) + "; " +
          (is_mapping ? "mapped" : "allocated") + " here in all " +
          model::FormatBytes(stack.alloc_bytes) + "; fingerprint " + analysis::Fingerprint(frames),
      6);
  Paragraph(text, "      " + Explain(stack.pattern), 6);
  Frames(frames, text);
}

}  // namespace

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

}  // namespace seep::report
