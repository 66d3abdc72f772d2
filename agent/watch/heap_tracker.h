// SPDX-License-Identifier: Apache-2.0
// One ledger over time: turns snapshots into what changed since the last one. Heap blocks and
// mappings are told apart by their stacks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "probes/ledger/reader.h"
#include "storage/model/tick.h"

namespace seep::agent {

class HeapTracker {
 public:
  // `run_started_s`: CLOCK_MONOTONIC seconds that are t = 0 of the run.
  HeapTracker(ledger::Reader reader, double run_started_s);

  struct Observation {
    model::HeapDelta delta;
    double live_bytes = 0;  // of the heap: estimated, and its standard error
    double live_se_bytes = 0;
    double alloc_bytes = 0;   // of the heap, cumulative
    double mapped_bytes = 0;  // in use by mappings, counted
    uint64_t samples = 0;
    uint64_t interval_bytes = 0;
  };
  // The ledger now, at t_s of the run.
  model::Result<Observation> Observe(double t_s);

  // The next observation tells everything, as the first one did.
  void TellAgain();

  // The innermost frames of the stack whose live bytes have grown most since about half of the
  // time: a hint for the live line, no verdict. Empty: none has grown.
  struct SuspectFrame {
    model::Module module;
    uint64_t address = 0;
  };
  std::vector<SuspectFrame> TopSuspect() const;

  const ledger::Reader& reader() const { return reader_; }
  ledger::Reader::Glance Glance() { return reader_.GlanceAtHeader(); }
  // What the probe could not record, as lines for people; empty: nothing was lost.
  std::vector<std::string> Losses() const;

 private:
  // What the live table says of one stack.
  struct Live {
    double bytes = 0;
    double objects = 0;
    double variance = 0;
    uint64_t samples = 0;
    uint64_t settled = 0;
  };
  // What was told of one stack last, and in which window.
  struct Last {
    model::StackPoint point;
    int64_t window = -1;
  };
  using SurvivorBins = std::map<std::pair<uint32_t, int64_t>, model::SurvivorBin>;  // slot, birth
  void AddNew(const ledger::Snapshot& snapshot, model::HeapDelta* delta);
  void AddChanged(double t_s, const ledger::Snapshot& snapshot,
                  const std::unordered_map<uint32_t, Live>& live, model::HeapDelta* delta);
  void AddSurvivors(const ledger::Snapshot& snapshot, model::HeapDelta* delta);
  void MoveReferences(double t_s, const std::unordered_map<uint32_t, Live>& live);

  ledger::Reader reader_;
  double ledger_started_s_;  // t of the run at which the ledger was made
  bool IsMapping(uint32_t slot) const { return mapping_slots_.contains(slot); }

  std::unordered_map<uint32_t, Last> last_;
  model::HeapWindow window_;  // of the last snapshot
  SurvivorBins survivors_;    // as told last
  std::unordered_set<uint32_t> mapping_slots_;
  std::unordered_map<uint32_t, model::Module> modules_;
  // By slot, as packed in the ledger; enough to get past the allocator's own.
  static constexpr size_t kInnermostFrames = 3;
  std::unordered_map<uint32_t, std::vector<uint64_t>> innermost_frames_;
  std::array<uint64_t, ledger::kLossCount> losses_{};
  uint64_t thin_rounds_ = 0;
  // Live bytes by slot at two earlier times, for TopSuspect: the older one is compared.
  double reference_s_ = 0;
  std::unordered_map<uint32_t, double> reference_;
  std::unordered_map<uint32_t, double> next_reference_;
  std::unordered_map<uint32_t, double> now_;
};

}  // namespace seep::agent
