// SPDX-License-Identifier: Apache-2.0
// What a process uses beside memory, at snapshots: descriptors by kind, mappings, zombies, faults,
// switches, storage, and their limits. Looks that cost much are taken more seldom. One thread.
#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "probes/proc/process_sample.h"
#include "probes/proc/socket_kinds.h"
#include "storage/model/tick.h"

namespace seep::agent {

// When to look again: after so many times what the quicker of the last two looks took. One slow
// look is a busy machine, two are a large process. Never sooner than 1 % of the time allows.
class Pace {
 public:
  static constexpr double kMostShare = 0.01;

  explicit Pace(double rest) : rest_(rest) {}
  bool IsDue(double t_s) const { return t_s >= next_s_; }
  void Looked(double t_s, double took_s);

 private:
  double rest_;
  double next_s_ = 0;
  double took_s_ = 0;
};

class ResourceWatch {
 public:
  explicit ResourceWatch(pid_t pid) : pid_(pid) {}

  // `mappings`: where a look at smaps has counted them already. `has_fds`: they are ours to see.
  void Measure(double t_s, const proc::ProcessSample& sample, std::optional<uint64_t> mappings,
               std::vector<model::Measurement>* measurements);

 private:
  void AddDescriptors(double t_s, std::vector<model::Measurement>* measurements);
  void AddLimits(std::vector<model::Measurement>* measurements);

  // 0.1 % of the time: while mappings are counted the target cannot change them.
  static constexpr double kMapsRest = 1000;
  // 1 %: these hold up nobody but ourselves.
  static constexpr double kOwnRest = 100;

  pid_t pid_;
  Pace mappings_{kMapsRest};
  Pace descriptors_{kOwnRest};
  Pace switches_{kOwnRest};
  Pace zombies_{kOwnRest};
  bool has_had_zombies_ = false;
  proc::KindCounts seen_{};  // 1: of these there have been some
  bool has_had_deleted_ = false;
  bool has_had_memory_files_ = false;
  bool has_had_sysv_ = false;
  std::map<std::string, double> limits_;  // as written
};

}  // namespace seep::agent
