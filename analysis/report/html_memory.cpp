// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_memory.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>
#include <vector>

#include "analysis/memory/memory_parts.h"
#include "analysis/report/extremes.h"
#include "analysis/report/html_numbers.h"
#include "analysis/report/lookup.h"

namespace seep::report {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostTargets = 6;
constexpr size_t kBuckets = 500;  // a screen is no wider than twice that

std::vector<const model::Target*> LargestTargets(const ReportInput& input) {
  std::vector<std::pair<double, const model::Target*>> sizes;
  for (const model::SeriesData& series : input.data.series) {
    const model::Target* target = FindTarget(input.data, series.series.target);
    if (target == nullptr || series.series.metric != model::metric::kRssSwap ||
        series.points.empty()) {
      continue;
    }
    const bool is_first = target->id == input.verdict.attributed_target;
    sizes.emplace_back(is_first ? HUGE_VAL : series.points.back().value, target);
  }
  std::ranges::stable_sort(sizes, std::greater<>(),
                           &std::pair<double, const model::Target*>::first);
  std::vector<const model::Target*> targets;
  for (const auto& [bytes, target] : sizes) {
    if (targets.size() < kMostTargets) targets.push_back(target);
  }
  return targets;
}

const char* TitleOf(const std::string& part) {
  namespace part_names = model::part;
  const std::pair<const char*, const char*> titles[] = {
      {part_names::kHeapLive, "heap, in use"},
      {part_names::kAllocatorSlack, "heap, kept by the allocator"},
      {part_names::kHeap, "heap"},
      {part_names::kMapped, "mapped"},
      {part_names::kThreadStacks, "thread stacks"},
      {part_names::kFileDirty, "files, changed"},
      {part_names::kFileClean, "files"},
      {part_names::kShmem, "shared memory"},
      {part_names::kSeep, "seep's probe"},
      {part_names::kRemainder, "changed between looks"},
      {part_names::kAnonOther, "anonymous, not told apart"},
      {part_names::kFile, "files"},
      {part_names::kSwap, "swap"}};
  for (const auto& [name, title] : titles) {
    if (part == name) return title;
  }
  return part.c_str();
}

}  // namespace

Json MemoryData(const ReportInput& input) {
  Json all = Json::array();
  for (const model::Target* target : LargestTargets(input)) {
    const analysis::MemoryParts memory =
        analysis::SplitMemory(input.data, target->id, target->first_seen_s);
    if (memory.time_s.empty()) continue;
    std::vector<std::vector<double>> columns{memory.total_bytes};
    for (const auto& part : memory.parts) columns.push_back(part.bytes);
    const std::vector<size_t> rows = ExtremeRows(memory.time_s, columns, kBuckets);
    Json parts = Json::array();
    for (const auto& part : memory.parts) {
      parts.push_back({{"name", part.name},
                       {"title", TitleOf(part.name)},
                       {"values", PackValues(Pick(part.bytes, rows))}});
    }
    all.push_back({{"target", static_cast<int64_t>(target->id)},
                   {"t", PackTimes(Pick(memory.time_s, rows))},
                   {"total", PackValues(Pick(memory.total_bytes, rows))},
                   {"parts", std::move(parts)}});
  }
  return all;
}

}  // namespace seep::report
