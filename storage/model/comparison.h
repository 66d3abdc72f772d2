// SPDX-License-Identifier: Apache-2.0
// A run beside one or more baselines: what changed, by how much, and whether that is a regression.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/model/stack.h"

namespace seep::model {

enum class ChangeClass {
  kSame,         // within what runs of one build differ by, or too small to matter
  kRegressed,    // worse, significantly and by more than the floor
  kProvisional,  // would be regressed, but one baseline run alone is no proof: run it again
  kImproved,
  kUnknown,  // only one side has the figure, or it cannot be judged
};
const char* ToString(ChangeClass change);  // "same", "regressed", "provisional", ...

// One figure of the run (RunFeature) beside those of a baseline.
struct MetricChange {
  std::string feature;  // "rss_swap.level"
  std::string title;    // for people: "resident memory, level"
  std::string unit;
  std::string baseline;  // name of that which it is compared with
  ChangeClass change = ChangeClass::kUnknown;
  std::optional<double> base;   // centre of the baseline's runs; absent: they do not have it
  std::optional<double> value;  // of the run; absent: it does not have it
  // What other runs of the same build would be within, 99 %, in `unit`.
  double expected_low = 0;
  double expected_high = 0;
  // value / base - 1; of figures that may be zero or negative (slopes, error rates) value - base
  // in `unit`, and is_relative is false.
  double difference = 0;
  bool is_relative = true;
  double floor = 0;    // as `difference`: what is smaller does not matter
  double p_value = 1;  // one-sided, of no change for the worse, after the correction for many
  size_t base_runs = 0;
  std::string explanation;                // one line for people
  std::optional<size_t> suppressed_by{};  // of PolicyVerdict.suppressions
};

enum class StackChangeClass {
  kSame,
  kNew,
  kGrown,
  kShrunk,
  kGone,
  kMoved,  // the same allocations by another path: a refactoring
};
const char* ToString(StackChangeClass change);  // "same", "new", "grown", ...

// A stack of the run and the one of the baseline that it was matched with. Figures are per hour, or
// per request where both sides know their load.
struct StackChange {
  StackChangeClass change = StackChangeClass::kSame;
  bool is_regression = false;  // new or grown, significantly, and not what another stack lost
  StackKind kind = StackKind::kHeap;
  StackId stack{};                       // of the run; 0: gone
  std::string fingerprint;               // of the run's stack; empty: gone
  std::string base_fingerprint;          // empty: new
  double similarity = 0;                 // of the two call paths, 0-1; 1: the same fingerprint
  std::vector<SourceFrame> frames;       // of the run; of the baseline when it is gone
  std::vector<SourceFrame> base_frames;  // of one that moved
  bool is_per_request = false;
  double base_alloc_bytes = 0;  // per hour or request, as the next
  double alloc_bytes = 0;
  double alloc_difference_low = 0;  // 95 % interval of alloc_bytes - base_alloc_bytes
  double alloc_difference_high = 0;
  double base_live_bytes = 0;  // at the end
  double live_bytes = 0;
  double base_growth_per_hour = 0;
  double growth_per_hour = 0;
  double p_value = 1;                     // as of MetricChange
  std::string explanation;                // one line for people
  std::optional<size_t> suppressed_by{};  // of PolicyVerdict.suppressions
};

// What a run was compared with.
struct Anchor {
  std::string name;
  bool is_pinned = false;
  size_t runs = 0;
  std::vector<std::string> builds;             // build ids, without those that are not known
  ChangeClass change = ChangeClass::kUnknown;  // the worst of its metrics and stacks
};

struct Comparison {
  std::vector<Anchor> anchors;        // rolling first
  std::vector<MetricChange> metrics;  // by anchor, the worst first
  std::vector<StackChange> stacks;    // against the first anchor, the worst first
  std::string shortage;               // why nothing can be said; empty: it can
  std::string summary;                // one sentence for people
};

}  // namespace seep::model
