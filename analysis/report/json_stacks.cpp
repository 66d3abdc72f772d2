// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/json_stacks.h"

#include "analysis/regression/stack_key.h"
#include "analysis/report/lookup.h"

namespace seep::report {

Json StacksArray(const ReportInput& input) {
  Json stacks = Json::array();
  int rank = 0;
  for (const model::StackVerdict& stack : input.verdict.stacks) {
    const std::vector<model::SourceFrame> source = StackFrames(input, stack.stack);
    stacks.push_back({{"rank", ++rank},
                      {"target_pid", PidOf(input.data, stack.target)},
                      {"kind", model::ToString(stack.kind)},
                      {"fingerprint", analysis::Fingerprint(source)},
                      {"growth_bytes_per_hour", JsonNumber(stack.growth_bytes_per_hour)},
                      {"ci_low", JsonNumber(stack.ci_low)},
                      {"live_bytes", JsonNumber(stack.live_bytes)},
                      {"live_bytes_se", JsonNumber(stack.live_bytes_se)},
                      {"share", JsonNumber(stack.share)},
                      {"age_p50_s", JsonNumber(stack.age_p50_s)},
                      {"age_p10_s", JsonNumber(stack.age_p10_s)},
                      {"age_p90_s", JsonNumber(stack.age_p90_s)},
                      {"level", model::ToString(stack.level)},
                      {"stack_count", stack.stack_count},
                      {"never_freed", JsonNumber(stack.never_freed)},
                      {"never_freed_low", JsonNumber(stack.never_freed_low)},
                      {"verdict", model::ToString(stack.growth_class)},
                      {"explanation", stack.explanation},
                      {"suppressed", stack.suppressed_by.has_value()},
                      {"frames", FramesArray(source)}});
  }
  return stacks;
}

Json HeapsArray(const ReportInput& input) {
  Json heaps = Json::array();
  for (const model::HeapStanding& heap : input.verdict.heaps) {
    Json stacks = Json::array();
    int rank = 0;
    for (const model::StackStanding& stack : heap.stacks) {
      const std::vector<model::SourceFrame> source = StackFrames(input, stack.stack);
      stacks.push_back({{"rank", ++rank},
                        {"kind", model::ToString(stack.kind)},
                        {"fingerprint", analysis::Fingerprint(source)},
                        {"live_bytes", JsonNumber(stack.live_bytes)},
                        {"live_bytes_se", JsonNumber(stack.live_bytes_se)},
                        {"live_objects", JsonNumber(stack.live_objects)},
                        {"share", JsonNumber(stack.share)},
                        {"alloc_bytes", JsonNumber(stack.alloc_bytes)},
                        {"age_p50_s", JsonNumber(stack.age_p50_s)},
                        {"ages", model::ToString(stack.pattern)},
                        {"frames", FramesArray(source)}});
    }
    heaps.push_back({{"target_pid", PidOf(input.data, heap.target)},
                     {"live_bytes", JsonNumber(heap.live_bytes)},
                     {"live_bytes_se", JsonNumber(heap.live_bytes_se)},
                     {"live_objects", JsonNumber(heap.live_objects)},
                     {"alloc_bytes", JsonNumber(heap.alloc_bytes)},
                     {"mapped_bytes", JsonNumber(heap.mapped_bytes)},
                     {"samples", heap.samples},
                     {"live_samples", heap.live_samples},
                     {"stack_count", heap.stack_count},
                     {"stacks", std::move(stacks)}});
  }
  return heaps;
}

}  // namespace seep::report
