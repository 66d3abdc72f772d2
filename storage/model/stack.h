// SPDX-License-Identifier: Apache-2.0
// Stacks and what is known of the allocations made at them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/ids.h"

namespace seep::model {

struct Module {
  ModuleId id{};
  std::string build_id;  // lower-case hexadecimal, empty when the object has none
  std::string path;      // as the target saw it
};

// `address` is an ELF virtual address in `module` (a return address: look up address - 1).
// Module id 0: no module, the address is a run-time one.
struct Frame {
  ModuleId module{};
  uint64_t address = 0;
  bool operator==(const Frame&) const = default;
};

// What is in use at a stack: sampled heap blocks, or anonymous mappings, which are all counted.
enum class StackKind : uint8_t { kHeap = 0, kMapping = 1 };
const char* ToString(StackKind kind);  // "heap", "mapping"

// One distinct stack of one target. (target, ledger, slot) is its key in the ledger.
struct Stack {
  StackId id{};
  TargetId target{};
  uint32_t ledger = 0;  // image number of the ledger (changes with an exec)
  uint32_t slot = 0;    // stack id in the ledger; 0: the overflow stack, no frames
  bool is_truncated = false;
  StackKind kind = StackKind::kHeap;
  std::vector<Frame> frames;  // innermost first
};

// The state of one stack at a heap snapshot. Byte and object figures are unbiased estimates.
struct StackPoint {
  double t_s = 0;
  double alloc_bytes = 0;    // cumulative
  double alloc_objects = 0;  // cumulative
  double free_bytes = 0;     // cumulative
  double free_objects = 0;   // cumulative
  double live_bytes = 0;     // in use now
  double live_objects = 0;
  double live_variance = 0;    // of live_bytes, bytes^2 (docs/sampling.md)
  uint64_t alloc_samples = 0;  // cumulative
  uint64_t live_samples = 0;   // sampled blocks in use now
  // Of these, the ones that have lived through SettledAge of their ledger (heap_window.h).
  uint64_t settled_samples = 0;
  uint64_t least_live_samples = 0;  // at any snapshot of its window
  // Cumulative: dropped by thinning, with the weights of the others raised. Not freed:
  // freed = alloc_samples - live_samples - thinned_samples.
  uint64_t thinned_samples = 0;
};

// Sampled blocks in use at the last snapshot, by time of birth: [born_from_s, born_to_s).
struct SurvivorBin {
  double born_from_s = 0;  // since the start of the run
  double born_to_s = 0;
  uint64_t samples = 0;
  double bytes = 0;
  double variance = 0;  // of bytes
};

// Births of a window are the difference of alloc_samples, deaths what they and the change of
// live_samples leave.
struct StackHistory {
  Stack stack;
  std::vector<StackPoint> points;      // the last of each window in which the stack had changed
  std::vector<SurvivorBin> survivors;  // at the target's last snapshot, oldest first
  double observed_from_s = 0;          // its ledger was made then; windows count from here
};

// A frame made readable. An inlined call gives several of these for one Frame.
struct SourceFrame {
  std::string function;  // demangled; "libfoo.so+0x1234" when it cannot be resolved
  std::string file;      // empty when unknown
  int line = 0;          // 0 when unknown
  std::string module;    // file name of the module, without its folder
  bool is_inlined = false;
};

}  // namespace seep::model
