// SPDX-License-Identifier: Apache-2.0
// A process that hardly does anything: what the probe itself costs, and flat series.
#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "sleeps; one small allocation in --period ms; healthy",
      {{"seconds", 10, "0 = until SIGTERM"}, {"period", 500, "milliseconds between allocations"}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  unsigned long long blocks = 0;
  double next_s = 0;
  for (; zoo::IsRunning(); zoo::SleepMs(20)) {
    if (zoo::ElapsedS() < next_s) continue;
    next_s += static_cast<double>(options["period"]) * 1e-3;
    free(zoo::Touch(malloc(64), 64));
    ++blocks;
  }
  zoo::Say("leaked_bytes=0 leaked_blocks=0 blocks=%llu seconds=%.3f", blocks, zoo::ElapsedS());
}
