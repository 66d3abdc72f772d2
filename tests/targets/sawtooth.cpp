// SPDX-License-Identifier: Apache-2.0
// Accumulates a batch for --period seconds, then releases all of it: grows often, leaks never.
#include <vector>

#include "tests/targets/zoo.h"

namespace {

[[gnu::noipa]] void CollectBatchItem(std::vector<void*>* batch, size_t size_bytes) {
  batch->push_back(zoo::Touch(malloc(size_bytes), size_bytes));
}

[[gnu::noipa]] void FlushBatch(std::vector<void*>* batch) {
  for (void* item : *batch) free(item);
  batch->clear();
  batch->shrink_to_fit();
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "accumulates, then releases everything, for ever; healthy",
                             {{"seconds", 20, "0 = until SIGTERM"},
                              {"rate", 1 << 20, "bytes accumulated per second"},
                              {"period", 5, "seconds from flush to flush"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  const auto period_s = static_cast<double>(options["period"]);
  std::vector<void*> batch;
  unsigned long long flushes = 0;
  unsigned long long peak_items = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    while (pacer.IsDue()) {
      const size_t size_bytes = random.Between(64, 4096);
      CollectBatchItem(&batch, size_bytes);
      pacer.Spend(size_bytes);
    }
    if (batch.size() > peak_items) peak_items = batch.size();
    if (zoo::ElapsedS() >= period_s * static_cast<double>(flushes + 1)) {
      FlushBatch(&batch);
      ++flushes;
    }
  }
  FlushBatch(&batch);
  zoo::Say(
      "leaked_bytes=0 leaked_blocks=0 site=CollectBatchItem flushes=%llu peak_items=%llu "
      "seconds=%.3f",
      flushes, peak_items, zoo::ElapsedS());
}
