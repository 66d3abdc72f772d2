// SPDX-License-Identifier: Apache-2.0
// Prints what ledgers say, one line of key=value pairs each: the live bytes with their standard
// error, the cumulative totals, the losses. For bench scripts and for a look at a live process.
//
//   seep_bench_ledger_dump FILE.ledger ...
#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "probes/ledger/estimate.h"
#include "probes/ledger/reader.h"

namespace {

using namespace seep;

ledger::BlockEstimate SumOfLive(const ledger::Snapshot& snapshot) {
  ledger::BlockEstimate sum;
  for (const ledger::LiveRecord& record : snapshot.live) {
    if (record.is_mapping) continue;
    const auto block = ledger::EstimateBlock(record.size_bytes, record.interval_bytes);
    sum.bytes += block.bytes;
    sum.objects += block.objects;
    sum.variance += block.variance;
  }
  return sum;
}

model::Status Dump(const std::string& path) {
  auto reader = ledger::Reader::Open(path);
  if (!reader) return std::unexpected(reader.error());
  const auto snapshot = reader->Read();
  if (!snapshot) return std::unexpected(snapshot.error());

  const ledger::BlockEstimate live = SumOfLive(*snapshot);
  double alloc_bytes = 0;
  double free_bytes = 0;
  for (const ledger::StackCounters& counters : snapshot->counters) {
    if (counters.is_mapping) continue;
    alloc_bytes += counters.alloc_bytes;
    free_bytes += counters.free_bytes;
  }
  uint64_t losses = 0;
  for (const uint64_t loss : snapshot->losses) losses += loss;
  fmt::print(
      "pid={} live_bytes={:.0f} live_bytes_se={:.0f} live_objects={:.1f} live_samples={} "
      "alloc_bytes={:.0f} free_bytes={:.0f} samples={} interval_bytes={} thin_rounds={} stacks={} "
      "losses={}\n",
      reader->identity().pid, live.bytes, std::sqrt(live.variance), live.objects,
      snapshot->live.size(), alloc_bytes, free_bytes, snapshot->samples, snapshot->interval_bytes,
      snapshot->thin_rounds, snapshot->counters.size(), losses);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: {} FILE.ledger ...\n", argv[0]);
    return 2;
  }
  int exit_code = 0;
  for (int i = 1; i < argc; ++i) {
    if (const auto dumped = Dump(argv[i]); !dumped) {
      fmt::print(stderr, "{}: {}\n", argv[i], dumped.error().message);
      exit_code = 1;
    }
  }
  return exit_code;
}
