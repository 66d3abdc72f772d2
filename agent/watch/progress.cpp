// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "agent/console.h"
#include "agent/symbols/allocator_frames.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

// Of a log: a line every 10 s in the first minutes, then one in a thirtieth of the time so far.
double LineInterval(double t_s) {
  return std::clamp(t_s / 30, 10.0, 600.0);
}

constexpr size_t kMaxRemembered = 256;
constexpr double kEarliestGrowthSeconds = 10;

}  // namespace

double Progress::GrowthPerHour(double t_s, double live_bytes) {
  live_.emplace_back(t_s, live_bytes);
  if (live_.size() > kMaxRemembered) {
    // Every other one: the memory stays, the horizon doubles.
    for (size_t i = 1; i < live_.size(); ++i) live_.erase(live_.begin() + static_cast<long>(i));
  }
  const auto middle = std::lower_bound(live_.begin(), live_.end(), std::pair{t_s / 2, 0.0});
  const double span_s = t_s - middle->first;
  return span_s > 0 ? (live_bytes - middle->second) / span_s * 3600 : 0;
}

std::string Progress::SuspectText(const TargetWatch::Glance& glance) {
  std::vector<model::SourceFrame> frames;
  for (const HeapTracker::SuspectFrame& frame : glance.suspect) {
    for (auto& resolved : symbolizer_.Resolve(frame.module, frame.address, true)) {
      frames.push_back(std::move(resolved));
    }
  }
  if (frames.empty()) return "";
  return "  top: " + frames[symbols::LeadingAllocatorFrames(frames)].function;
}

std::string Progress::Elapsed(double t_s) const {
  return model::FormatDuration(t_s) + (end_s_ ? " of " + model::FormatDuration(*end_s_) : "");
}

void Progress::Show(double t_s, const ProcessTree& tree, std::string_view state) {
  if (is_quiet_ && !heartbeat_s_) return;
  double rss_bytes = 0;
  double live_bytes = 0;
  bool has_heap = false;
  double most_live = -1;
  const TargetWatch::Glance* largest = nullptr;
  for (const auto& target : tree.targets()) {
    if (target->has_ended()) continue;
    const TargetWatch::Glance& glance = target->glance();
    rss_bytes += glance.rss_bytes;
    if (!glance.live_bytes) continue;
    has_heap = true;
    live_bytes += *glance.live_bytes;
    if (*glance.live_bytes > most_live) {
      most_live = *glance.live_bytes;
      largest = &glance;
    }
  }
  standing_ = "rss " + model::FormatBytes(rss_bytes);
  if (has_heap) {
    const double growth = GrowthPerHour(t_s, live_bytes);
    standing_ += "  live heap " + model::FormatBytes(live_bytes);
    if (t_s >= kEarliestGrowthSeconds) {
      standing_ += (growth >= 0 ? "  +" : "  ") + model::FormatBytesPerHour(growth);
    }
  }
  if (!state.empty()) standing_ += fmt::format("  {}", state);
  if (tree.living() > 1) standing_ += fmt::format("  {} processes", tree.living());
  Beat(t_s);
  // In a log heartbeats take the place of the lines that come now and then.
  if (is_quiet_ || (!IsTerminal() && (heartbeat_s_ || t_s < next_line_s_))) return;
  next_line_s_ = t_s + LineInterval(t_s);
  std::string line = Elapsed(t_s) + "  " + standing_;
  if (largest != nullptr && t_s >= kEarliestGrowthSeconds) line += SuspectText(*largest);
  ShowProgress(line);
}

std::optional<double> Progress::UntilHeartbeat(double t_s) const {
  if (!heartbeat_s_) return std::nullopt;
  return std::max(next_beat_s_ - t_s, 0.0);
}

void Progress::Beat(double t_s) {
  if (!heartbeat_s_ || t_s < next_beat_s_) return;
  next_beat_s_ = t_s + *heartbeat_s_;
  Say(Elapsed(t_s) + "  " + standing_);
}

}  // namespace seep::agent
