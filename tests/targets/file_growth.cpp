// SPDX-License-Identifier: Apache-2.0
// Writes ever further into a mapped file in the working directory, which has no name any more.
#include <fcntl.h>
#include <sys/mman.h>

#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "writes to a growing part of a mapped file",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 400 << 10, "bytes a second"},
                              {"max", 256 << 20, "size of the file"}});
  zoo::Start(options["seconds"]);
  constexpr char kName[] = "seep_zoo_file_growth.data";
  const int fd = open(kName, O_RDWR | O_CREAT | O_TRUNC, 0600);
  unlink(kName);
  const size_t file_bytes = options["max"];
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(file_bytes)) != 0) return 1;
  void* map = mmap(nullptr, file_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED) return 1;
  constexpr size_t kPage = 4096;
  size_t written = 0;
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(10)) {
    while (pacer.IsDue() && written + kPage <= file_bytes) {
      zoo::Touch(static_cast<char*>(map) + written, kPage);
      written += kPage;
      pacer.Spend(kPage);
    }
  }
  zoo::Say("written_bytes=%zu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", written,
           zoo::ElapsedS());
}
