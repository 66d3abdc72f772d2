// SPDX-License-Identifier: Apache-2.0
#include "analysis/streaming/stream_state.h"

namespace seep::analysis {
namespace {

// Of the duration: 12 h of 48, twice the longest cycles, of which before that only a rise is seen.
constexpr double kEarliestStop = 0.25;
// 36 h of 48: one and a half daily cycles, if that is what the load has.
constexpr double kLoadIsSeen = 0.75;
constexpr double kHeld = 0.25;  // of the time so far, without a break

// From the last look before the quarter began on, so that all of it is covered.
bool HasHeld(std::span<const Look> looks) {
  const double since_s = (1 - kHeld) * looks.back().t_s;
  for (size_t i = looks.size(); i-- > 0 && looks[i].grows;) {
    if (looks[i].t_s <= since_s) return true;
  }
  return false;
}

}  // namespace

const char* ToString(StreamState state) {
  switch (state) {
    case StreamState::kCollecting:
      return "collecting";
    case StreamState::kSuspected:
      return "growth suspected";
    case StreamState::kConfirmedEarly:
      return "growth confirmed";
  }
  return "unknown";
}

double MomentOf(const StreamPlan& plan, size_t look) {
  return plan.duration_s * static_cast<double>(look) / static_cast<double>(kLooks);
}

StreamState StateOf(const StreamPlan& plan, std::span<const Look> looks) {
  const size_t n = looks.size();
  if (n < 2 || !looks[n - 1].grows || !looks[n - 2].grows) return StreamState::kCollecting;
  const double share = looks.back().t_s / plan.duration_s;
  const bool may_stop = share >= kEarliestStop && (plan.is_load_known || share >= kLoadIsSeen);
  return looks.back().is_certain && may_stop && HasHeld(looks) ? StreamState::kConfirmedEarly
                                                               : StreamState::kSuspected;
}

}  // namespace seep::analysis
