// SPDX-License-Identifier: Apache-2.0
#include "tests/probes/preload/unwind_oracle/oracle_log.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

namespace seep::oracle {
namespace {

constexpr int kMaxWritten = 40;  // differing stacks

// The file PID.counts, mapped: right at any moment.
struct Counts {
  std::atomic<uint64_t> stacks;
  std::atomic<uint64_t> frames;
  std::atomic<uint64_t> libgcc_differs;
  std::atomic<uint64_t> libunwind_differs;
  std::atomic<uint64_t> libgcc_stops;  // and not in libgcc_differs, see below
  std::atomic<uint64_t> lost;
  std::atomic<uint64_t> repeated;
  std::atomic<uint64_t> repeated_differs;
};
Counts* counts = nullptr;
int differences = -1;
std::atomic<int> written{0};

struct Text {
  char chars[32 * 1024];
  size_t length = 0;

  template <typename... Arguments>
  void Add(const char* format, Arguments... arguments) {
    const int added = snprintf(chars + length, sizeof(chars) - length, format, arguments...);
    if (added > 0 && length + static_cast<size_t>(added) < sizeof(chars)) {
      length += static_cast<size_t>(added);
    }
  }
};

void AddFrame(Text& text, const Stack& stack, uint32_t index) {
  if (index >= stack.count) {
    text.Add("  %-44s", "-");
    return;
  }
  char name[128];
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(stack.frames[index] - 1), &info) == 0) {
    snprintf(name, sizeof(name), "%lx", stack.frames[index]);
  } else {
    const char* slash = strrchr(info.dli_fname, '/');
    snprintf(name, sizeof(name), "%s+%lx %s", slash != nullptr ? slash + 1 : info.dli_fname,
             stack.frames[index] - reinterpret_cast<uint64_t>(info.dli_fbase),
             info.dli_sname != nullptr ? info.dli_sname : "?");
  }
  text.Add("  %-44.60s", name);
}

void WriteDifference(const Stack& ours, const Stack& by_libgcc, const Stack& by_libunwind,
                     const char* what) {
  static Text text;
  static std::atomic_flag is_in_use = ATOMIC_FLAG_INIT;
  if (is_in_use.test_and_set(std::memory_order_acquire)) return;
  text.length = 0;
  text.Add("%s: ours %u, libgcc %u, libunwind %u\n", what, ours.count, by_libgcc.count,
           by_libunwind.count);
  for (uint32_t i = 0; i < ours.count || i < by_libgcc.count || i < by_libunwind.count; ++i) {
    AddFrame(text, ours, i);
    AddFrame(text, by_libgcc, i);
    AddFrame(text, by_libunwind, i);
    text.Add("\n");
  }
  if (write(differences, text.chars, text.length) < 0) written.store(kMaxWritten);
  is_in_use.clear(std::memory_order_release);
}

// In the first `count` frames; where that is all of a, b has no more either.
bool AreEqual(const Stack& a, const Stack& b, uint32_t count) {
  if (b.count < count || (count == a.count && b.count != count)) return false;
  return memcmp(a.frames, b.frames, count * sizeof(a.frames[0])) == 0;
}

int OpenFile(const char* folder, const char* suffix, int flags) {
  char path[512];
  snprintf(path, sizeof(path), "%s/%d.%s", folder, static_cast<int>(getpid()), suffix);
  return open(path, O_CREAT | O_RDWR | O_CLOEXEC | flags, 0600);
}

}  // namespace

bool OpenLog(const char* folder) {
  const int file = OpenFile(folder, "counts", O_TRUNC);
  differences = OpenFile(folder, "differences", O_TRUNC | O_APPEND);
  if (file < 0 || differences < 0 || ftruncate(file, sizeof(Counts)) != 0) return false;
  void* memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory == MAP_FAILED) return false;
  counts = static_cast<Counts*>(memory);
  return true;
}

void LogStacks(const Stack& ours, const Stack& by_libgcc, const Stack& by_libunwind, bool is_lost) {
  const bool is_libunwind_equal = AreEqual(ours, by_libunwind, ours.count);
  const bool is_libgcc_equal = AreEqual(ours, by_libgcc, ours.count);
  // libgcc ends a stack at code without unwind data. The others go on by frame pointers.
  const bool is_libgcc_stopped = !is_libgcc_equal && is_libunwind_equal &&
                                 by_libgcc.count < ours.count &&
                                 AreEqual(ours, by_libgcc, by_libgcc.count);
  counts->stacks.fetch_add(1);
  counts->frames.fetch_add(ours.count);
  if (!is_libgcc_equal && !is_libgcc_stopped) counts->libgcc_differs.fetch_add(1);
  if (!is_libunwind_equal) counts->libunwind_differs.fetch_add(1);
  if (is_libgcc_stopped) counts->libgcc_stops.fetch_add(1);
  if (is_lost) counts->lost.fetch_add(1);
  if ((is_libgcc_equal || is_libgcc_stopped) && is_libunwind_equal && !is_lost) return;
  if (written.fetch_add(1) >= kMaxWritten) return;
  WriteDifference(ours, by_libgcc, by_libunwind,
                  is_libunwind_equal ? is_libgcc_equal ? "lost" : "libgcc alone"
                  : is_libgcc_equal  ? "libunwind alone"
                                     : "both");
}

void LogRepeated(bool is_equal) {
  counts->repeated.fetch_add(1);
  if (!is_equal) counts->repeated_differs.fetch_add(1);
}

}  // namespace seep::oracle
