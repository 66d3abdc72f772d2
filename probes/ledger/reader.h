// SPDX-License-Identifier: Apache-2.0
// Reads a ledger that a target writes, or has left behind. Agent side.
//
// Nothing in the file is trusted: its size is checked, every section is checked against the file,
// everything is copied first and every index is checked after the copy. A file that shrinks under
// the mapping (SIGBUS) is an error, not a crash. Not thread-safe; one thread reads one ledger.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "probes/ledger/layout.h"
#include "storage/model/error.h"
#include "storage/model/stack.h"

namespace seep::ledger {

struct LedgerIdentity {
  uint32_t pid = 0;
  uint32_t parent_pid = 0;
  uint32_t image = 0;
  uint64_t start_ticks = 0;
  uint64_t run_token = 0;
  uint64_t created_monotonic_ns = 0;
  uint64_t created_realtime_ns = 0;
  uint64_t base_interval_bytes = 0;
  std::string boot_id;
  std::string exe;
};

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

class Reader {
 public:
  // kNotFound; kCorrupt (not a ledger, or one that contradicts itself); kUnsupported (newer
  // layout); kBusy (the probe has not finished writing the header: try again).
  static model::Result<Reader> Open(const std::string& path);

  Reader(Reader&& other) noexcept;
  Reader& operator=(Reader&& other) noexcept;
  ~Reader();

  const LedgerIdentity& identity() const { return identity_; }
  const std::string& path() const { return path_; }

  // The state now. Call it again and again; what it returned as new is not returned again.
  model::Result<Snapshot> Read();

  // What the ledger costs its target now: bytes of RssShmem. 0 when it cannot be read. Cheap.
  uint64_t PopulatedBytes();

  // When the newest sample was taken, in seconds since the ledger was made: the process lived until
  // then at least. 0 when it cannot be read.
  double LastSampleSeconds();

 private:
  Reader() = default;
  model::Status Map(int fd);
  model::Status CheckHeader();
  model::Status CopyTables();
  void ReadModules(Snapshot* snapshot);
  void ReadStacks(Snapshot* snapshot);
  void ReadLive(Snapshot* snapshot);
  void AddShards(Snapshot* snapshot) const;
  // One table of the last Read, in whole words.
  using Copied = std::vector<uint64_t>;
  bool Copy(uint64_t offset, uint64_t bytes, Copied* copy) const;

  std::string path_;
  const char* base_ = nullptr;
  uint64_t mapped_bytes_ = 0;
  LedgerIdentity identity_;
  Sections sections_{};
  Copied header_, modules_, stacks_, frames_, live_, shards_;
  std::vector<bool> is_module_known_;
  std::vector<bool> is_stack_known_;
};

}  // namespace seep::ledger
