// SPDX-License-Identifier: Apache-2.0
// What a ledger says at one moment: plain values, checked.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "probes/ledger/layout.h"
#include "storage/model/stack.h"

namespace seep::ledger {

struct ModuleRecord {
  uint32_t id = 0;
  std::string build_id;  // lower-case hexadecimal
  std::string path;
};

struct StackRecord {
  uint32_t slot = 0;
  bool is_truncated = false;
  model::StackKind kind = model::StackKind::kHeap;
  std::vector<uint64_t> frames;  // packed, innermost first
};

// Cumulative counters of one stack; bytes and objects are unbiased estimates.
struct StackCounters {
  uint32_t slot = 0;
  bool is_mapping = false;
  double alloc_bytes = 0;
  double alloc_objects = 0;
  double free_bytes = 0;
  double free_objects = 0;
  uint64_t alloc_samples = 0;
  uint64_t thinned_samples = 0;  // entries dropped by thinning; no deaths
};

// A sampled block that was in use, or a mapping.
struct LiveRecord {
  uint32_t slot = 0;
  uint64_t size_bytes = 0;
  bool is_mapping = false;
  double interval_bytes = 0;  // the T it was sampled, or last thinned, with; 1: a mapping
  double born_s = 0;          // since created_monotonic_ns
};

struct Snapshot {
  std::vector<ModuleRecord> new_modules;  // since the last Read
  std::vector<StackRecord> new_stacks;    // since the last Read
  std::vector<StackCounters> counters;    // every stack
  std::vector<LiveRecord> live;
  uint64_t samples = 0;
  uint64_t thinned = 0;
  uint64_t thin_rounds = 0;
  uint64_t interval_bytes = 0;  // T now
  std::array<uint64_t, kLossCount> losses{};
};

}  // namespace seep::ledger
