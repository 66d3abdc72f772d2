// SPDX-License-Identifier: Apache-2.0
// Leaks mappings that cost no memory, until vm.max_map_count; beside that, maps and unmaps
// properly.
#include <sys/mman.h>

#include "tests/targets/zoo.h"

namespace {

constexpr size_t kPage = 4096;

// Reserved address space; every second one may be read, so that the kernel cannot merge neighbours.
[[gnu::noipa]] bool LeakReservation() {
  static bool is_readable = false;
  is_readable = !is_readable;
  const int protection = is_readable ? PROT_READ : PROT_NONE;
  return mmap(nullptr, kPage, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) !=
         MAP_FAILED;
}

[[gnu::noipa]] void UseMapping() {
  void* map = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return;
  zoo::Touch(map, kPage);
  munmap(map, kPage);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "leaks mappings without memory",
      {{"seconds", 10, "0 = until SIGTERM"}, {"rate", 20, "mappings leaked per second"}});
  zoo::Start(options["seconds"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long leaked = 0;
  unsigned long long refused = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    UseMapping();
    while (pacer.IsDue()) {
      ++(LeakReservation() ? leaked : refused);
      pacer.Spend(1);
    }
  }
  zoo::Say(
      "leaked_mappings=%llu refused=%llu site=LeakReservation leaked_bytes=0 leaked_blocks=0 "
      "seconds=%.3f",
      leaked, refused, zoo::ElapsedS());
}
