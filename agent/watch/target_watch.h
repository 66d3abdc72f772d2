// SPDX-License-Identifier: Apache-2.0
// One watched process: its /proc figures at every tick, its ledger at every snapshot, until it
// has ended and its last ledger has been read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agent/watch/heap_tracker.h"
#include "agent/watch/ledger_directory.h"
#include "agent/watch/resource_watch.h"
#include "agent/watch/unseen_allocators.h"
#include "probes/proc/process_sample.h"
#include "storage/model/tick.h"

namespace seep::agent {

class TargetWatch {
 public:
  // `run_started_s`: CLOCK_MONOTONIC seconds that are t = 0 of the run.
  TargetWatch(const proc::ProcessIdentity& identity, double run_started_s, double t_s);

  pid_t pid() const { return static_cast<pid_t>(target_.pid); }
  uint64_t start_ticks() const { return target_.start_ticks; }
  const model::Target& target() const { return target_; }
  bool has_ended() const { return has_ended_; }
  bool has_heap() const { return heap_.has_value(); }
  // T of the open ledger.
  std::optional<uint64_t> interval_bytes() const {
    if (!heap_) return std::nullopt;
    return heap_->reader().identity().base_interval_bytes;
  }

  // Whether this process has written, or is writing, the ledger or left the reason.
  bool IsWriterOf(const LedgerFile& file) const {
    return file.pid == own_pid_ && file.start_ticks == target_.start_ticks &&
           IsBelieved(file, uid_);
  }

  // Figures of the process at t_s; at a snapshot also what its memory consists of and what it
  // has open. Notices its end.
  model::TargetTick Measure(double t_s, bool is_snapshot);

  // Adds the heap to `tick`; `ledgers` is what lies in the ledger directory now. After the end of
  // the process too: the ledger holds its last state.
  void AddHeap(double t_s, const std::vector<LedgerFile>& ledgers, model::TargetTick* tick);

  // As the kernel told it to the parent.
  void SetExit(int exit_status) { target_.exit_status = exit_status; }
  void MarkEnded() { has_ended_ = true; }
  // Nothing in /proc is of it: its pid may be another's by now.
  void MarkEndedBefore(const std::string& exe);
  // Where nobody looks for a ledger: why.
  void SetNoProbe(const std::string& reason) { target_.probe = reason; }

  // Lines for the coverage of the report: what this process allocates past the probe, as far as it
  // has not been said. Worth a look from next_look_s on.
  std::vector<std::string> LookForUnseen(double t_s);
  double next_look_s() const { return next_look_s_; }

  // Ledgers of this process that are of no more use: all once it has ended.
  std::vector<std::string> Spent(const std::vector<LedgerFile>& ledgers) const;

  // The last figures, for the live line.
  struct Glance {
    double rss_bytes = 0;
    std::optional<double> live_bytes;
    std::vector<HeapTracker::SuspectFrame> suspect;
  };
  const Glance& glance() const { return glance_; }

  // Once, after the probe was withdrawn (seep detach): a line that says so.
  std::optional<std::string> TakeNotice() { return std::exchange(notice_, std::nullopt); }

  // With the next snapshot, all of its heap: what was told before is lost.
  void TellAgain() {
    if (heap_) heap_->TellAgain();
  }

  // Lines for the report: what the probe could not see.
  std::vector<std::string> Warnings() const;

 private:
  void DescribeProcess();
  void AddAllocator(const ledger::Reader::Glance& ledger, model::TargetTick* tick);
  std::optional<uint64_t> AddMemoryMap(double t_s, model::TargetTick* tick);
  void OpenLedger(const std::vector<LedgerFile>& ledgers);
  bool HasWithdrawn() const;
  void EndHeap(double t_s);
  void DescribeProbe(const std::optional<LedgerFile>& file);

  model::Target target_;
  pid_t own_pid_;             // as the process sees itself: what its ledger is named by
  std::optional<uid_t> uid_;  // while it lives and after; nothing: it ended before
  double run_started_s_;
  std::optional<HeapTracker> heap_;
  bool has_ended_ = false;
  bool is_withdrawn_ = false;
  bool has_seen_memory_ = false;  // at the last snapshot
  // smaps stops the target's mmap while it is read: 0.1 % of the time at most.
  static constexpr double kMapRest = 1000;
  Pace map_pace_{kMapRest};
  ResourceWatch resources_;
  uint64_t last_answer_ticks_ = 0;  // of the allocator
  bool is_allocator_silent_ = false;
  UnseenAllocators unseen_;
  double next_look_s_ = 0;
  Glance glance_;
  std::optional<std::string> notice_;
};

}  // namespace seep::agent
