// SPDX-License-Identifier: Apache-2.0
// One source of load and latency under watch, behind a breaker of its own. Belongs to the thread of
// the LoadCollector. Times `now_s` are of CLOCK_MONOTONIC.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/resilience/circuit_breaker.h"
#include "probes/endpoint/load_source.h"
#include "probes/endpoint/load_windows.h"
#include "probes/endpoint/scraper.h"

namespace seep::agent {

// Whose load it is.
struct LoadRun {
  std::string owner{};              // of several runs: which; stands in names
  double started_s = 0;             // t = 0 of the run on CLOCK_MONOTONIC
  double started_at_s = 0;          // the same on CLOCK_REALTIME
  endpoint::WindowLength length{};  // of windows
};

class WatchedSource {
 public:
  virtual ~WatchedSource() = default;

  // When Look is to be called next; infinity: an answer is awaited.
  virtual double due_s() const = 0;
  // Asks, or reads a bounded part. `id` is its own in `scraper`.
  virtual void Look(double now_s, uint64_t id, endpoint::Scraper& scraper) = 0;
  virtual void TakeAnswer(double now_s, const endpoint::ScrapeAnswer& answer) = 0;

  // The run ends: looks a last time, if `may_ask` also at what may not answer at once. Until then
  // is_finished is false.
  virtual void Finish(double now_s, bool may_ask) = 0;
  virtual bool is_finished() const = 0;

  // Complete ones; `is_last`: all there are.
  virtual std::vector<model::LoadWindow> TakeWindows(bool is_last) = 0;
  // At the end, a line each: what it did not tell, or told wrongly.
  virtual std::vector<std::string> Warnings() const = 0;

  const endpoint::LoadSource& named() const { return named_; }
  resilience::BreakerStatus status() const { return breaker_.Status(); }
  // "load SOURCE: closed to open (transient): ...", a line each, with the time.
  struct Note {
    double at_s = 0;
    std::string text;
  };
  std::vector<Note> TakeNotes();

 protected:
  WatchedSource(const LoadRun& run, const endpoint::LoadSource& named, double timeout_s);

  LoadRun run_;
  endpoint::LoadSource named_;  // as the operator did
  std::string name_;
  resilience::CircuitBreaker breaker_;
};

// What people read: "api: load http://127.0.0.1:9100/metrics".
std::string NameOf(const LoadRun& run, const endpoint::LoadSource& source);

std::unique_ptr<WatchedSource> MakeWatchedSource(const LoadRun& run,
                                                 const endpoint::LoadSource& source, double now_s);

}  // namespace seep::agent
