// SPDX-License-Identifier: Apache-2.0
// One log that was deleted and is still written to: no new descriptor, but the disk fills up.
#include <unistd.h>

#include "tests/targets/fd_kinds.h"
#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(
      argc, argv, "writes to a deleted file in TMPDIR or /var/tmp",
      {{"seconds", 10, "0 = until SIGTERM"}, {"rate", 256 << 10, "bytes written per second"}});
  zoo::Start(options["seconds"]);
  const char* folder = getenv("TMPDIR");
  const int log = zoo::OpenUnlinked(folder != nullptr ? folder : "/var/tmp", 0);
  if (log < 0) {
    zoo::Say("cannot make a file in TMPDIR or /var/tmp");
    return 1;
  }
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  static char line[4096];
  unsigned long long written = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(5)) {
    while (pacer.IsDue()) {
      if (write(log, line, sizeof line) > 0) written += sizeof line;
      pacer.Spend(sizeof line);
    }
  }
  zoo::Say("written_bytes=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", written,
           zoo::ElapsedS());
}
