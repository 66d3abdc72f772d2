// SPDX-License-Identifier: Apache-2.0
// Leaks shared memory that is mapped nowhere, so that no figure of the process's memory shows it.
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "tests/targets/zoo.h"

namespace {

enum Kind : uint64_t { kMemfd, kSysv };

constexpr size_t kMostSegments = 4096;
int g_segments[kMostSegments];
size_t g_segment_count = 0;

// One file in memory that only ever gets longer.
[[gnu::noipa]] bool GrowMemfd(const char* bytes, size_t size_bytes) {
  static const int fd = memfd_create("zoo", MFD_CLOEXEC);
  return write(fd, bytes, size_bytes) == static_cast<ssize_t>(size_bytes);
}

// Made, filled, detached, and not removed.
[[gnu::noipa]] bool LeakSegment(size_t size_bytes) {
  if (g_segment_count == kMostSegments) return false;
  const int id = shmget(IPC_PRIVATE, size_bytes, IPC_CREAT | 0600);
  if (id < 0) return false;
  g_segments[g_segment_count++] = id;
  void* memory = shmat(id, nullptr, 0);
  if (memory == reinterpret_cast<void*>(-1)) return false;
  zoo::Touch(memory, size_bytes);
  return shmdt(memory) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "leaks shared memory",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 256 << 10, "bytes leaked per second"},
                              {"kind", 0, "0 = a memfd, 1 = System V segments"}});
  zoo::Start(options["seconds"]);
  constexpr size_t kPieceBytes = 64 << 10;
  static char piece[kPieceBytes];
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  unsigned long long leaked = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(5)) {
    while (pacer.IsDue()) {
      const bool is_done =
          options["kind"] == kSysv ? LeakSegment(kPieceBytes) : GrowMemfd(piece, kPieceBytes);
      if (is_done) leaked += kPieceBytes;
      pacer.Spend(kPieceBytes);
    }
  }
  // They would outlive us, and fill the machine of whoever runs the tests.
  for (size_t i = 0; i < g_segment_count; ++i) shmctl(g_segments[i], IPC_RMID, nullptr);
  zoo::Say("leaked_shm_bytes=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", leaked,
           zoo::ElapsedS());
}
