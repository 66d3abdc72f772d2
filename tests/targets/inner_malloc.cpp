// SPDX-License-Identifier: Apache-2.0
// Has an allocator inside that exports nothing, with a name by which jemalloc is known when it is
// linked statically with a prefix: the probe sees malloc, and not this.
#include "tests/targets/zoo.h"

namespace {

char g_pool[1 << 20];
size_t g_used = 0;

}  // namespace

extern "C" [[gnu::noipa]] void* je_malloc(size_t size) {
  g_used = (g_used + size) % (sizeof(g_pool) / 2);
  return g_pool + g_used;
}

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "allocates with an allocator that only it knows",
                             {{"seconds", 10, "0 = until SIGTERM"}});
  zoo::Start(options["seconds"]);
  zoo::Ready();
  zoo::Tally blocks;
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    zoo::Touch(je_malloc(1000), 1000);
    free(zoo::Escape(malloc(1000)));
    blocks.Add(1000);
  }
  zoo::Say("blocks=%llu leaked_bytes=0 leaked_blocks=0 seconds=%.3f", blocks.blocks_total(),
           zoo::ElapsedS());
}
