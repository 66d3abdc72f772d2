// SPDX-License-Identifier: Apache-2.0
// Buffers that grow, shrink and move by realloc and reallocarray, with the odd cases: a null
// pointer, size 0, sizes that cannot be had. Exits 1 if any of them misbehaves.
// With --rate, grown buffers leak: their last realloc is the site.
#include <errno.h>

#include "tests/targets/zoo.h"

namespace {

unsigned long long g_reallocs = 0;
unsigned long long g_refused = 0;
volatile size_t g_huge = SIZE_MAX / 2;  // the compiler must not know
volatile size_t g_zero = 0;

void Check(bool is_right, const char* what) {
  if (is_right) return;
  zoo::Say("misbehaved=%s", what);
  exit(1);
}

void CheckContent(const char* buffer, size_t size_bytes) {
  for (size_t i = 0; i < size_bytes; i += 61) Check(buffer[i] == 0x5A, "content");
}

[[gnu::noipa]] char* GrowBuffer(char* buffer, size_t old_bytes, size_t new_bytes) {
  auto* grown = static_cast<char*>(realloc(buffer, new_bytes));
  Check(grown != nullptr, "realloc");
  CheckContent(grown, old_bytes < new_bytes ? old_bytes : new_bytes);
  zoo::Touch(grown, new_bytes);
  ++g_reallocs;
  return grown;
}

void CheckRefusals(char* buffer, size_t size_bytes) {
  char* volatile hidden = buffer;  // or the compiler warns of use after realloc
  Check(realloc(hidden, g_huge) == nullptr, "huge realloc");  // jemalloc 5.3 sets no errno here
  errno = 0;
  Check(reallocarray(hidden, g_huge, 4) == nullptr && errno == ENOMEM, "reallocarray overflow");
  errno = 0;
  Check(calloc(g_huge, 4) == nullptr && errno == ENOMEM, "calloc overflow");
  CheckContent(buffer, size_bytes);  // a refused block stays as it was
  g_refused += 3;
}

[[gnu::noipa]] char* RunOnce(zoo::Random* random, size_t* last_bytes) {
  size_t now_bytes = random->Between(16, 64);
  char* buffer = GrowBuffer(nullptr, 0, now_bytes);
  while (now_bytes < 64 * 1024) {
    const size_t next_bytes = now_bytes + random->Between(1, now_bytes);
    buffer = GrowBuffer(buffer, now_bytes, next_bytes);
    now_bytes = next_bytes;
  }
  CheckRefusals(buffer, now_bytes);
  buffer = GrowBuffer(buffer, now_bytes, *last_bytes = random->Between(256, 2048));
  auto* array = static_cast<char*>(reallocarray(nullptr, 10, random->Between(10, 100)));
  array = static_cast<char*>(reallocarray(array, 20, 100));
  Check(array != nullptr, "reallocarray");
  // glibc frees and returns null, others return a block
  free(realloc(array, g_zero));
  free(realloc(nullptr, g_zero));
  return buffer;
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "buffers that grow and shrink by realloc",
                             {{"seconds", 5, "0 = until SIGTERM"},
                              {"rate", 0, "bytes of grown buffers leaked per second"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  zoo::Tally leaked;
  zoo::Ready();
  while (zoo::IsRunning()) {
    size_t size_bytes = 0;
    char* buffer = RunOnce(&random, &size_bytes);
    if (pacer.IsDue()) {
      leaked.Add(size_bytes);
      pacer.Spend(size_bytes);
    } else {
      free(buffer);
    }
  }
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=GrowBuffer reallocs=%llu refused=%llu "
      "seconds=%.3f",
      leaked.bytes_total(), leaked.blocks_total(), g_reallocs, g_refused, zoo::ElapsedS());
}
