// SPDX-License-Identifier: Apache-2.0
#include "analysis/summary.h"

#include <algorithm>
#include <utility>

#include "analysis/resource_words.h"
#include "analysis/series/metric_kind.h"
#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

using model::GrowthClass;

// What most of the growth is.
std::string CauseClause(const TargetFindings& findings) {
  const model::AttributionPart* part = findings.memory.Dominant();
  const char* words = part != nullptr ? PartInWords(part->name) : nullptr;
  if (words == nullptr) return {};
  const bool is_file =
      part->name == model::part::kFileDirty || part->name == model::part::kFileClean;
  const double share = is_file ? findings.memory.ShareOf(model::part::kFileDirty) +
                                     findings.memory.ShareOf(model::part::kFileClean)
                               : part->share;
  return std::string(": ") + Percent(std::min(share, 1.0)) + " of it " + words;
}

std::string LimitClause(const std::optional<model::Forecast>& forecast) {
  if (!forecast) return {};
  if (forecast->hours <= 0) return "; the limit is reached";
  return std::string("; at this rate the limit is reached in ") +
         (forecast->is_beyond_horizon ? "roughly " : "") + Hours(forecast->hours);
}

// How growth within lives goes on over the restarts.
std::string LivesClause(const TargetFindings& findings) {
  if (!findings.lineage) return {};
  const LineageFindings& lineage = *findings.lineage;
  const model::WithinLives* shown = nullptr;
  for (const model::WithinLives& within : lineage.within) {
    const bool is_more = shown == nullptr || within.rising > shown->rising;
    if (model::IsGrowth(within.growth_class) && is_more) shown = &within;
  }
  const std::string all = std::to_string(lineage.lives);
  const std::string where = shown == nullptr ? " over " + all + " lives"
                            : shown->rising == shown->lives
                                ? " in each of " + std::to_string(shown->lives) + " lives"
                                : " in " + std::to_string(shown->rising) + " of " +
                                      std::to_string(shown->lives) + " lives";
  return where + "; a restart every " + model::FormatDuration(lineage.every_s) + " hides it";
}

std::string SummarizeStarts(const TargetFindings& findings) {
  const model::RisingStarts& start = *RisingStartOf(findings);
  return "Growth: each start of " + SubjectName(findings) +
         " begins with more: " + MetricInWords(start.metric) + " has risen by " +
         model::FormatQuantity(start.rise, start.unit == "bytes" ? "bytes" : "") + " over " +
         std::to_string(start.starts) +
         " starts, and not while it runs: what grows is kept outside of the process.";
}

}  // namespace

const char* PartInWords(const std::string& part) {
  const std::pair<const char*, const char*> words[] = {
      {model::part::kThreadStacks, "stacks of threads, which do not end"},
      {model::part::kMapped, "anonymous memory that it maps and does not unmap"},
      {model::part::kShmem, "shared memory"},
      {model::part::kFileDirty, "pages of mapped files that it writes"},
      {model::part::kFileClean, "pages of mapped files"},
      {model::part::kHeapLive, "blocks in use"},
      {model::part::kAllocatorSlack, "kept by its allocator"}};
  for (const auto& [name, text] : words) {
    if (part == name) return text;
  }
  return nullptr;
}

std::string TargetName(const model::Target& target) {
  std::string name = model::ProgramName(target);
  for (char& c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return name + " (pid " + std::to_string(target.pid) + ")";
}

std::string SubjectName(const TargetFindings& findings) {
  const std::string name = TargetName(*findings.target);
  return findings.lineage ? name.substr(0, name.rfind(" (pid ")) : name;
}

std::string SummarizeGrowth(const TargetFindings& findings,
                            const std::optional<model::Forecast>& forecast) {
  const std::string name = SubjectName(findings);
  const std::string lives = LivesClause(findings);
  const ResourceFindings& resources = findings.resources;
  if (!MemoryGrows(findings) && resources.growing.empty()) return SummarizeStarts(findings);
  if (!MemoryGrows(findings)) {
    return "Growth: " + name + " " + DescribeGrowth(resources, resources.growing.front()) + lives +
           ".";
  }
  const std::string also =
      resources.growing.empty()
          ? ""
          : " It also " + DescribeGrowth(resources, resources.growing.front()) + ".";
  if (findings.stacks_grow) {
    double growth = 0;
    for (const GrowingStack& stack : findings.stacks.growing) {
      growth += stack.verdict.growth_bytes_per_hour;
    }
    const size_t count = findings.stacks.growing.size();
    const std::string keeps =
        count == 1 ? "1 stack of " + name + " keeps " + Rate(growth) + " more than it frees"
                   : std::to_string(count) + " stacks of " + name + " keep " + Rate(growth) +
                         " more than they free";
    return "Growth: " + keeps + LimitClause(forecast) + lives + "." + also;
  }
  const Trend& trend = findings.heap_grows ? findings.heap_live : findings.rss_swap;
  return std::string("Growth: the ") + (findings.heap_grows ? "live heap" : "resident memory") +
         " of " + name + " rises by " + Rate(3600 * trend.slope_per_s) + " and keeps rising" +
         (findings.heap_grows ? "" : CauseClause(findings)) + LimitClause(forecast) + lives + "." +
         also;
}

std::string SummarizePass(const TargetFindings& findings,
                          const std::optional<model::Forecast>& forecast) {
  const std::string seen =
      "a leak above " + Rate(3600 * findings.detectable_per_s) + " would have been seen";
  if (findings.rss_is_ratchet) {
    return "No leak, but the allocator of " + TargetName(*findings.target) +
           " keeps what is free: resident memory rises by " +
           Rate(3600 * findings.rss_swap.slope_per_s) + " over a flat live heap" +
           LimitClause(forecast) + ".";
  }
  if (findings.growth_class == GrowthClass::kWarmUp) {
    return "No growth after warm-up, at about " + model::FormatBytes(findings.rss_swap.end_level) +
           ": " + seen + ".";
  }
  return "No growth: " + seen + ".";
}

std::string RatchetRemedy(const TargetFindings& findings) {
  return Percent(findings.memory.ShareOf(model::part::kAllocatorSlack)) +
         " of the rise is memory that the program has freed and the allocator keeps: fragments "
         "between blocks in use, or what a peak left behind. Remedies: glibc, malloc_trim(0) at "
         "quiet times or MALLOC_ARENA_MAX=2; jemalloc, a shorter dirty_decay_ms or "
         "background_thread; tcmalloc, MallocExtension_ReleaseFreeMemory";
}

std::string SummarizeInconclusive(const std::string& reason) {
  return "Inconclusive: " + reason + ".";
}

}  // namespace seep::analysis
