// SPDX-License-Identifier: Apache-2.0
// What the analysis says: of a series, of a stack, of a run. Reports print these and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/comparison.h"
#include "storage/model/ids.h"
#include "storage/model/load_verdict.h"
#include "storage/model/policy.h"
#include "storage/model/stack.h"

namespace seep::model {

enum class GrowthClass {
  kInsufficientData,  // too little to judge: never a pass
  kStable,
  kPeriodic,          // comes and goes in a cycle
  kStep,              // moved to another level
  kWarmUp,            // grew, and levelled off
  kLoadProportional,  // follows the load
  kRatchet,    // the allocator keeps what is free: grows by its highest use, ever more slowly
  kGrowth,     // grows significantly and persistently: a leak until explained
  kStaircase,  // grows in steps
  kDeclining,
  kDrift,  // of a service: answers become slower, fewer or wrong under the same load
};
const char* ToString(GrowthClass growth_class);  // "insufficient data", "stable", ...
std::optional<GrowthClass> ParseGrowthClass(std::string_view text);  // of ToString
inline bool IsGrowth(GrowthClass growth_class) {
  return growth_class == GrowthClass::kGrowth || growth_class == GrowthClass::kStaircase;
}

// Exit codes of design.md section 4.
enum class ExitCode {
  kPass = 0,
  kFailed = 1,
  kUsage = 2,
  kGrowth = 10,
  kRegression = 11,
  kInconclusive = 12,
  kLimit = 13,  // a limit of the policy broken, or drift: answers become slower, fewer or wrong
};

struct SeriesVerdict {
  TargetId target{};
  std::string metric;
  std::string unit;
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  double slope_per_hour = 0;  // unit per hour, over the part after warm-up
  double ci_low = 0;          // 95 % interval of the slope
  double ci_high = 0;
  double level = 0;  // median after warm-up
  double warmup_end_s = 0;
  double since_s = 0;       // where its growth begins; of other classes the begin of what is judged
  double usable_s = 0;      // time that is judged
  bool is_finding = false;  // it rises, and nothing harmless explains it; of a ratchet: it is that
  size_t points = 0;
  double detectable_per_hour = 0;                // smallest growth that would have been seen
  std::string explanation;                       // one line for people: why this class
  bool is_informational = false;                 // its growth alone is no finding
  std::optional<double> per_million_requests{};  // growth, in the unit; absent: load not known
  std::optional<DriftFigures> drift{};           // of a service, not of a process: no target
  std::optional<size_t> suppressed_by{};         // of PolicyVerdict.suppressions
};

// What a stack verdict speaks of: one stack, or all stacks that allocate from one place.
enum class StackLevel {
  kStack,
  kSite,      // the first three frames of the application are the same
  kFunction,  // the first one is
};
const char* ToString(StackLevel level);  // "stack", "site", "function"

struct StackVerdict {
  TargetId target{};
  StackId stack{};  // of several: the one that grows most
  StackKind kind = StackKind::kHeap;
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  double growth_bytes_per_hour = 0;
  double ci_low = 0;  // one-sided 95 % lower bound of the growth
  double live_bytes = 0;
  double live_bytes_se = 0;
  double share = 0;         // of the growth of all growing stacks, 0-1
  double age_p50_s = 0;     // median age of the blocks in use
  std::string explanation;  // one line for people: why this verdict
  StackLevel level = StackLevel::kStack;
  size_t stack_count = 1;  // that the verdict speaks of
  double age_p10_s = 0;    // a tenth of the blocks in use is younger
  double age_p90_s = 0;    // a tenth is older
  // Of the blocks allocated here after warm-up, the share that outlives half of the time since
  // then, 0-1, and its one-sided 95 % lower bound.
  double never_freed = 0;
  double never_freed_low = 0;
  std::optional<size_t> suppressed_by{};  // of PolicyVerdict.suppressions
};

// What the ages of the blocks in use at one stack look like, from one snapshot of the live heap.
enum class AgePattern {
  kTooFew,   // sampled blocks to say
  kStartUp,  // nearly all from the first sixth of the process's life: tables, configuration
  kYoung,    // nearly all from the last sixth: work in progress
  kSpread,   // from every part of its life: a leak, or a cache that is never emptied
  kMixed,
};
const char* ToString(AgePattern pattern);  // "too few", "start-up", ...

// A stack and what it holds, where growth cannot be judged.
struct StackStanding {
  StackId stack{};
  StackKind kind = StackKind::kHeap;
  double live_bytes = 0;
  double live_bytes_se = 0;
  double live_objects = 0;
  double share = 0;        // of the target's live heap, or of what it has mapped, 0-1
  double alloc_bytes = 0;  // since the process began
  double age_p50_s = 0;    // median age of the blocks in use
  AgePattern pattern = AgePattern::kTooFew;
};

// The live heap of one target at its last snapshot, and what it has mapped beside it. Bytes and
// objects of the heap are estimates.
struct HeapStanding {
  TargetId target{};
  double mapped_bytes = 0;  // in none of the figures below
  double live_bytes = 0;
  double live_bytes_se = 0;
  double live_objects = 0;
  double alloc_bytes = 0;
  uint64_t samples = 0;
  uint64_t live_samples = 0;
  size_t stack_count = 0;             // that hold anything, of both kinds
  std::vector<StackStanding> stacks;  // the largest, by descending live bytes
};

// The parts of the resident memory, swap included. Names are stable: keys in reports.
namespace part {
inline constexpr char kHeapLive[] = "heap_live";              // blocks in use
inline constexpr char kAllocatorSlack[] = "allocator_slack";  // kept by the allocator beside them
inline constexpr char kHeap[] = "heap";      // both, where blocks in use are not known
inline constexpr char kMapped[] = "mapped";  // anonymous memory past the allocator
inline constexpr char kThreadStacks[] = "thread_stacks";
inline constexpr char kFileDirty[] = "file_dirty";  // of files, changed: also private copies
inline constexpr char kFileClean[] = "file_clean";
inline constexpr char kShmem[] = "shmem";
inline constexpr char kSeep[] = "seep";  // of the probe
inline constexpr char kRemainder[] = "remainder";
// Where smaps could not be read.
inline constexpr char kAnonOther[] = "anon_other";  // all anonymous memory but heap_live
inline constexpr char kFile[] = "file";
inline constexpr char kSwap[] = "swap";
}  // namespace part

// One part of the resident memory and its share of the growth. Parts add up to the total.
struct AttributionPart {
  std::string name;  // one of part::
  double slope_per_hour = 0;
  double share = 0;      // of the total slope
  double share_low = 0;  // 95 % interval
  double share_high = 0;
};

struct Forecast {
  std::string metric;  // what grows: rss_swap, fds, ...
  std::string unit;
  uint64_t limit = 0;  // in that unit
  std::string limit_source;
  double hours = 0;                // until the limit at the present slope
  double low = 0;                  // 90 % interval
  double high = 0;                 // infinity when the slope may be zero
  bool is_beyond_horizon = false;  // further than 10x the observed time: an order of magnitude
};

// Of one metric in all lives of a program: each has a level of its own, the slope is common.
struct WithinLives {
  std::string metric;
  std::string unit;
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  double slope_per_hour = 0;  // of life
  size_t lives = 0;           // long enough to count
  size_t rising = 0;          // of them
};

// What each life begins with becomes more from one to the next: it is kept outside of the process.
struct RisingStarts {
  std::string metric;
  std::string unit;
  double slope_per_hour = 0;  // of the time of the run
  double rise = 0;            // from the first start that was seen to the last
  size_t starts = 0;
  bool is_finding = false;                // false: others may have a share in it
  std::optional<size_t> suppressed_by{};  // of PolicyVerdict.suppressions
};

// Processes that took each other's place.
struct LineageVerdict {
  TargetId target{};  // the last of them
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  size_t lives = 0;
  double life_s = 0;   // median length
  double every_s = 0;  // median time from one begin to the next
  std::vector<WithinLives> within;
  std::vector<RisingStarts> starts;
};

struct Verdict {
  GrowthClass growth_class = GrowthClass::kInsufficientData;
  std::string confidence;         // "high", "medium", "low"
  std::string confidence_reason;  // for people, beside it: what agrees, or how much it rests on
  ExitCode exit_code = ExitCode::kInconclusive;
  std::string summary;             // one sentence for people
  std::string shortage;            // why growth cannot be ruled out; empty: it can
  double detectable_per_hour = 0;  // bytes: smallest leak that attributed_target could not hide
  std::vector<SeriesVerdict> series;
  // Growing ones, by descending ci_low: those that make 90 % of the growth, at most 20.
  std::vector<StackVerdict> stacks;
  std::vector<StackVerdict> small_stacks;  // growing ones past those
  double heap_growth_explained = 0;  // share of the growth of the heap that growing stacks are, 0-1
  std::vector<HeapStanding> heaps;   // of what could not be judged: what it holds
  TargetId attributed_target{};      // the target that the attribution and forecast speak of
  double rss_slope_per_hour = 0;
  std::vector<AttributionPart> attribution;
  std::optional<Forecast> forecast;  // of memory
  // Of everything that grows in `attributed_target` and has a limit, memory too.
  std::vector<Forecast> forecasts;
  std::vector<std::string> warnings;
  LoadVerdict load{};
  std::vector<SeriesVerdict> service{};    // of all processes together, of no target
  std::vector<LineageVerdict> lineages{};  // that were judged over their restarts
  std::optional<Comparison> comparison{};  // where a baseline was given
  std::optional<PolicyVerdict> policy{};   // where a policy was given
};

}  // namespace seep::model
