// SPDX-License-Identifier: Apache-2.0
// What is known of growth while the run goes on: states, and the rules that lead from one to the
// next (analysis.md 2.8). Peeking is what makes a test cry wolf, so the moments are fixed by the
// plan and every rule counts them.
#pragma once

#include <cstddef>
#include <span>

namespace seep::analysis {

enum class StreamState {
  kCollecting,
  kSuspected,       // growth at two looks in a row: for information
  kConfirmedEarly,  // the run may be ended
};
const char* ToString(StreamState state);  // "collecting", "growth suspected", "growth confirmed"

struct StreamPlan {
  double duration_s = 0;       // of the whole run
  bool is_load_known = false;  // as a series, or because it is steady
};

// Looks are at k / 48 of the duration, from 4 / 48 on: every hour of two days.
inline constexpr size_t kLooks = 48;
inline constexpr size_t kFirstLook = 4;
double MomentOf(const StreamPlan& plan, size_t look);

// What one series says at one moment.
struct Look {
  double t_s = 0;
  bool grows = false;       // by the rules for a whole run
  bool is_certain = false;  // by the bound that holds at all times, and by a size that matters
};

// `looks`: all so far at one series, by time. The state is that of the last one.
StreamState StateOf(const StreamPlan& plan, std::span<const Look> looks);

}  // namespace seep::analysis
