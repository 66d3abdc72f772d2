// SPDX-License-Identifier: Apache-2.0
// Sums over a ledger that a target has left, word for word as the probe wrote it: what the reader
// leaves out (adjustments, reserved entries) is what the invariants speak of.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <string>

#include "probes/ledger/reader.h"
#include "probes/preload/ledger_view.h"
#include "probes/preload/live_table.h"

struct Sum {
  int64_t bytes = 0;
  int64_t objects_q16 = 0;
  int64_t samples = 0;
  bool operator==(const Sum&) const = default;
};

struct LedgerTotals {
  Sum alloc, free, adjust;
  bool is_exact = false;     // no index, no live_count
  Sum live;                  // of the live table
  int64_t live_count = 0;    // as the header has it
  int64_t index_places = 0;  // in use, of the index's present generation
  int64_t reserved = 0;      // entries that a killed writer, or a bug, has left
  uint64_t losses[seep::ledger::kLossCount] = {};

  Sum InUse() const {
    return {alloc.bytes - free.bytes + adjust.bytes,
            alloc.objects_q16 - free.objects_q16 + adjust.objects_q16,
            alloc.samples - free.samples + adjust.samples};
  }
};

inline LedgerTotals TotalsOf(const std::string& path) {
  using namespace seep;
  const int fd = open(path.c_str(), O_RDONLY);
  struct stat file {};
  REQUIRE(fstat(fd, &file) == 0);
  void* base = mmap(nullptr, static_cast<size_t>(file.st_size), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  REQUIRE(base != MAP_FAILED);
  const probe::LedgerView view{static_cast<char*>(base)};
  const ledger::Header& header = view.header();
  LedgerTotals totals;
  totals.live_count = static_cast<int64_t>(header.live_count.load());
  for (uint32_t i = 0; i < ledger::kLossCount; ++i) totals.losses[i] = header.losses[i].load();
  for (uint64_t i = 0; i < header.stacks_used.load(); ++i) {
    const ledger::StackSlot& slot = view.stacks()[i];
    const auto add = [](Sum& sum, auto bytes, auto objects, auto samples) {
      sum.bytes += static_cast<int64_t>(bytes);
      sum.objects_q16 += static_cast<int64_t>(objects);
      sum.samples += static_cast<int64_t>(samples);
    };
    add(totals.alloc, slot.alloc_bytes.load(), slot.alloc_objects_q16.load(),
        slot.alloc_samples.load());
    add(totals.free, slot.free_bytes.load(), slot.free_objects_q16.load(),
        slot.free_samples.load());
    add(totals.adjust, slot.adjust_bytes.load(), slot.adjust_objects_q16.load(),
        slot.adjust_samples.load());
  }
  for (uint64_t i = 0; i < header.shards_ready.load(); ++i) {
    for (const ledger::ShardSlot& slot : view.shards()[i].slots) {
      const auto add = [](Sum& sum, const ledger::Word& bytes, const ledger::Word& samples) {
        sum.bytes += static_cast<int64_t>(bytes.load());
        sum.objects_q16 += static_cast<int64_t>(samples.load()) << 16;
        sum.samples += static_cast<int64_t>(samples.load());
      };
      add(totals.alloc, slot.alloc_bytes, slot.alloc_samples);
      add(totals.free, slot.free_bytes, slot.free_samples);
    }
  }
  totals.is_exact = view.is_exact_asked();
  for (uint64_t i = 0; i < header.live_used.load(); ++i) {
    const ledger::LiveEntry& entry = view.live()[i];
    const uint64_t key = entry.key.load();
    if (key == ledger::kLiveReserved) ++totals.reserved;
    if (key == ledger::kLiveEmpty || key == ledger::kLiveReserved) continue;
    const probe::Estimate estimate =
        probe::EstimateOf(view, {entry.size_bytes.load(), entry.meta.load()});
    totals.live.bytes += static_cast<int64_t>(estimate.bytes);
    totals.live.objects_q16 += static_cast<int64_t>(estimate.objects_q16);
    ++totals.live.samples;
  }
  const uint64_t generation = header.live_index_generation.load();
  const std::atomic<uint32_t>* index = view.live_index() + ledger::IndexAt(generation);
  for (uint64_t i = 0; i < ledger::IndexPlaces(generation); ++i) {
    totals.index_places += index[i].load() != 0 ? 1 : 0;
  }
  munmap(base, static_cast<size_t>(file.st_size));
  return totals;
}

// in use = alloc - free + adjust, to the byte, in a process that stands still.
inline void CheckBalanced(const std::string& path) {
  const LedgerTotals totals = TotalsOf(path);
  const Sum in_use = totals.InUse();
  CHECK(in_use.bytes == totals.live.bytes);
  CHECK(in_use.objects_q16 == totals.live.objects_q16);
  CHECK(in_use.samples == totals.live.samples);
  CHECK(totals.reserved == 0);
  if (totals.is_exact) return;
  CHECK(totals.live_count == totals.live.samples);
  CHECK(totals.index_places == totals.live_count);  // a place left behind is lost for ever
}

// Of the blocks of one size in an exact ledger.
struct BlockCounts {
  double allocated = 0;
  double freed = 0;
  double live = 0;
  bool operator==(const BlockCounts&) const = default;
};
inline BlockCounts CountBlocks(const std::string& path, size_t bytes) {
  auto reader = seep::ledger::Reader::Open(path);
  REQUIRE(reader);
  const auto snapshot = reader->Read();
  REQUIRE(snapshot);
  BlockCounts counts;
  for (const seep::ledger::StackCounters& stack : snapshot->counters) {
    const bool is_size = stack.alloc_bytes == static_cast<double>(bytes) * stack.alloc_objects;
    if (stack.alloc_objects == 0 || !is_size) continue;
    counts.allocated += stack.alloc_objects;
    counts.freed += stack.free_objects;
  }
  for (const auto& block : snapshot->live) counts.live += block.size_bytes == bytes ? 1 : 0;
  return counts;
}
