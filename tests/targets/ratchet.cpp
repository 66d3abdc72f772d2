// SPDX-License-Identifier: Apache-2.0
// Ratchets the allocator: ever larger peaks, each freed at once, below a small block that keeps the
// end of the heap from being given back. What is in use between peaks never grows.
#include <vector>

#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "has growing peaks that its allocator keeps",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 400 << 10, "bytes by which peaks grow a second"},
                              {"block", 16 << 10, "bytes of each block of a peak"},
                              {"base", 4 << 20, "bytes always in use"}});
  zoo::Start(options["seconds"]);
  const size_t block_bytes = options["block"];
  std::vector<void*> base;
  for (size_t held = 0; held < options["base"]; held += block_bytes) {
    base.push_back(zoo::Touch(malloc(block_bytes), block_bytes));
  }
  void* last = nullptr;
  size_t peak_bytes = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(100)) {
    peak_bytes = static_cast<size_t>(zoo::ElapsedS() * static_cast<double>(options["rate"]));
    std::vector<void*> peak;
    for (size_t held = 0; held < peak_bytes; held += block_bytes) {
      peak.push_back(zoo::Touch(malloc(block_bytes), block_bytes));
    }
    void* end = zoo::Touch(malloc(block_bytes), block_bytes);
    free(last);
    last = end;
    for (void* block : peak) free(block);
  }
  zoo::Say("peak_bytes=%zu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", peak_bytes,
           zoo::ElapsedS());
}
