// SPDX-License-Identifier: Apache-2.0
// Where ticks wait while the database is away: the newest in memory, older ones in files, the
// oldest given up when both are full. First in, first out; what a killed agent left comes first.
//
//     Push --> ring (2000 ticks, 32 MiB) --overflow, Persist--> segments (4 MiB each, 64 MiB) -->
//     Front, Pop
//
// Never fatal: what cannot be kept is counted. No clock; one thread at a time.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "agent/resilience/spool_segment.h"
#include "agent/resilience/tick_codec.h"

namespace seep::resilience {

struct SpoolSettings {
  // Files are PREFIX-<key, 16 hex digits>-<number>; empty: memory only.
  std::string path_prefix{};
  uint64_t key = 0;  // of this process, later ones greater: the time of its start
  size_t ring_ticks = 2000;
  size_t ring_bytes = size_t{32} << 20;
  uint64_t file_bytes = uint64_t{64} << 20;  // of all segments
  uint64_t segment_bytes = uint64_t{4} << 20;
};

struct SpoolCounts {
  uint64_t adopted = 0;           // ticks found in files of dead processes
  uint64_t spilled = 0;           // ticks that went to a file
  uint64_t dropped = 0;           // beyond the bounds, or with no room on the disk: lost
  uint64_t damaged = 0;           // no longer readable in our own files: lost
  uint64_t unreadable_files = 0;  // left as they are: of another version, or no spools
  uint64_t write_failures = 0;    // of files; the ticks stay in memory as long as they can
  SpoolDamage left;               // in the files of dead processes: missing_ticks are lost
};

class TickSpool {
 public:
  // Takes over the files of dead processes, also those that are damaged.
  explicit TickSpool(SpoolSettings settings);
  TickSpool(const TickSpool&) = delete;
  TickSpool& operator=(const TickSpool&) = delete;
  ~TickSpool() { Persist(); }

  void Push(const SpooledTick& spooled);
  // The oldest tick; nothing when none waits. It stays until Pop. After a kill between what the
  // caller did with it and Pop, or of a file that was taken in part, it comes again.
  std::optional<SpooledTick> Front();
  void Pop();

  // Everything to the files, as far as they take it. False: some of it waits in memory only.
  bool Persist();

  bool empty() const { return ring_.empty() && segments_.empty(); }
  size_t ticks_in_memory() const { return ring_.size(); }
  uint64_t file_bytes() const;
  // Of one run: ticks that wait, and ticks that are lost.
  uint64_t waiting(model::RunId run) const;
  uint64_t lost(model::RunId run) const;
  const SpoolCounts& counts() const { return counts_; }
  const std::string& path_prefix() const { return settings_.path_prefix; }

 private:
  struct Encoded {
    uint64_t sequence;
    model::RunId run;
    std::string payload;
  };
  struct RunCounts {
    uint64_t waiting = 0;
    uint64_t lost = 0;
  };

  void Adopt();
  bool SpillOldest();
  SpoolSegment* WritableSegment();
  bool MakeRoom(uint64_t frame_bytes);
  void DropOldestSegment();
  void RemoveTaken();
  void DropRingFront();
  void Lose(model::RunId run);

  SpoolSettings settings_;
  std::deque<SpoolSegment> segments_;  // older than the ring; none of them is empty
  bool is_last_ours_ = false;          // the last segment is written to
  std::deque<Encoded> ring_;
  size_t ring_bytes_ = 0;
  uint64_t next_sequence_ = 0;
  unsigned next_number_ = 0;
  std::map<model::RunId, RunCounts> runs_;
  SpoolCounts counts_;
};

}  // namespace seep::resilience
