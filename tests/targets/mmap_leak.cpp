// SPDX-License-Identifier: Apache-2.0
// Leaks anonymous mappings, which no malloc hook sees; beside that, maps and unmaps some properly.
#include <sys/mman.h>

#include "tests/targets/zoo.h"

namespace {

[[gnu::noipa]] bool LeakMapping(size_t size_bytes) {
  void* map = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return false;
  zoo::Touch(map, size_bytes);
  return true;
}

[[gnu::noipa]] void UseMapping(size_t size_bytes) {
  void* map = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return;
  zoo::Touch(map, size_bytes);
  munmap(map, size_bytes);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "leaks anonymous mappings",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 256 << 10, "bytes leaked per second"},
                              {"block", 16 << 10, "bytes of each mapping"}});
  zoo::Start(options["seconds"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  zoo::Tally leaked;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    UseMapping(options["block"]);
    while (pacer.IsDue()) {
      if (LeakMapping(options["block"])) leaked.Add(options["block"]);
      pacer.Spend(options["block"]);
    }
  }
  zoo::Say(
      "leaked_mapped_bytes=%llu leaked_mappings=%llu site=LeakMapping leaked_bytes=0 "
      "leaked_blocks=0 seconds=%.3f",
      leaked.bytes_total(), leaked.blocks_total(), zoo::ElapsedS());
}
