// SPDX-License-Identifier: Apache-2.0
#include "agent/load/watched_source.h"

#include <functional>
#include <utility>

#include "agent/load/endpoint_source.h"
#include "agent/load/file_source.h"

namespace seep::agent {
namespace {

// Well again, it is to be seen within 30 s: the longest wait and two answers.
constexpr double kLongestWait_s = 15;

resilience::BreakerSettings SettingsFor(double timeout_s) {
  return {.failures_to_open = 3,
          .successes_to_close = 2,
          .call_timeout_s = timeout_s,
          .least_call_timeout_s = timeout_s / 2,  // a service under load may stumble
          .calm_s = 300,
          .backoff = {.first_s = 1, .factor = 2, .longest_s = kLongestWait_s, .jitter = 0.25}};
}

}  // namespace

WatchedSource::WatchedSource(const LoadRun& run, const endpoint::LoadSource& named,
                             double timeout_s)
    : run_(run),
      named_(named),
      name_(NameOf(run, named)),
      breaker_(name_, SettingsFor(timeout_s), std::hash<std::string>{}(name_)) {}

std::vector<WatchedSource::Note> WatchedSource::TakeNotes() {
  std::vector<Note> notes;
  for (const resilience::Transition& transition : breaker_.TakeTransitions()) {
    notes.push_back({transition.at_s, Describe(name_, transition)});
  }
  return notes;
}

std::string NameOf(const LoadRun& run, const endpoint::LoadSource& source) {
  return (run.owner.empty() ? "" : run.owner + ": ") + "load " + endpoint::NameOf(source);
}

std::unique_ptr<WatchedSource> MakeWatchedSource(const LoadRun& run,
                                                 const endpoint::LoadSource& source, double now_s) {
  if (source.endpoint.empty()) return std::make_unique<FileSource>(run, source, now_s);
  return std::make_unique<EndpointSource>(run, source, now_s);
}

}  // namespace seep::agent
