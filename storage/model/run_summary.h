// SPDX-License-Identifier: Apache-2.0
// What a run comes down to when others are compared with it: all that a baseline keeps, and all
// that a comparison reads. Self-contained: it outlives the rows of its run and its debug files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/stack.h"
#include "storage/model/verdict.h"

namespace seep::model {

// Runs are compared when they agree in all of these. Empty fields are those of any run.
struct RunKey {
  std::string service;      // what was run: the name of its program, unless told
  std::string workload;     // what it was asked to do, as told
  std::string host_class;   // machine and CPUs: "x86_64-2", unless told
  std::string config_hash;  // of what changes its memory on purpose, as told

  bool operator==(const RunKey&) const = default;
};

// One figure of a run, of all its processes together. `name` is a stable key: a metric and what is
// said of it ("rss_swap.level"); analysis/regression/feature_kinds.h has them all.
struct RunFeature {
  std::string name;
  std::string unit;
  double value = 0;
  double se = 0;  // standard error within the run, in `unit`; 0: none is known
};

// One stack and what was allocated there while the run was judged. Estimates from samples.
struct StackSummary {
  StackId stack{};  // in the database of the run; 0: came from a file
  StackKind kind = StackKind::kHeap;
  std::vector<SourceFrame> frames;  // innermost first, without those of allocators
  double alloc_bytes = 0;
  double alloc_objects = 0;
  uint64_t alloc_samples = 0;  // that these rest on
  double live_bytes = 0;       // at the end
  double live_bytes_se = 0;
  double live_objects = 0;
  double growth_bytes_per_hour = 0;  // of a stack that is found to grow; else 0
  double growth_low = 0;             // its one-sided 95 % lower bound
};

struct RunSummary {
  int64_t run_id = 0;  // in the database that it came from
  std::string run_name;
  int64_t started_at_ns = 0;
  std::string host;
  std::string seep_version;
  std::string build;  // build id of the program, lower-case hexadecimal; empty: it has none
  RunKey key;
  GrowthClass growth_class = GrowthClass::kInsufficientData;  // its own verdict
  ExitCode exit_code = ExitCode::kInconclusive;
  double observed_s = 0;
  double judged_s = 0;  // after warm-up: what rates and allocations are of
  double requests = 0;  // answered in that time; 0: no load is known
  uint64_t interval_bytes = 0;
  std::vector<RunFeature> features;  // by name
  std::vector<StackSummary> stacks;  // by falling alloc_bytes
};

}  // namespace seep::model
