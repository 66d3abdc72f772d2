// SPDX-License-Identifier: Apache-2.0
// Loads, calls and unloads two plugins in turn, which then often share an address. With --leak one
// of them leaks a block per load, and its code is gone when anyone asks for the name of the site.
#include <dlfcn.h>
#include <limits.h>

#include "tests/targets/zoo.h"

namespace {

using Run = size_t (*)(size_t size_bytes, bool is_leaking);

// The plugins lie beside the executable.
bool PathOf(const char* plugin, char* path, size_t room) {
  char exe[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (length <= 0) return false;
  exe[length] = 0;
  char* slash = strrchr(exe, '/');
  if (slash == nullptr) return false;
  slash[1] = 0;
  return static_cast<size_t>(snprintf(path, room, "%s%s", exe, plugin)) < room;
}

[[gnu::noipa]] size_t RunPlugin(const char* path, size_t size_bytes, bool is_leaking) {
  void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    dprintf(2, "%s\n", dlerror());
    exit(1);
  }
  const auto run = reinterpret_cast<Run>(dlsym(plugin, "seep_zoo_plugin_run"));
  size_t leaked_bytes = 0;
  for (int i = 0; i < 10; ++i) leaked_bytes += run(size_bytes, is_leaking && i == 0);
  dlclose(plugin);
  return leaked_bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "loads and unloads two plugins that allocate",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"loads", 200, "dlopens per second"},
                              {"leak", 0, "1 = one plugin leaks 256 to 4096 bytes per load"},
                              {"seed", 1, ""}});
  char paths[2][PATH_MAX + 64];
  if (!PathOf("seep_zoo_plugin_parser.so", paths[0], sizeof paths[0])) return 1;
  if (!PathOf("seep_zoo_plugin_renderer.so", paths[1], sizeof paths[1])) return 1;
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["loads"]));
  zoo::Tally leaked;
  unsigned long long loads = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (; pacer.IsDue() && zoo::IsRunning(); pacer.Spend(1), ++loads) {
      const size_t size_bytes = random.Between(256, 4096);
      const size_t leaked_bytes = RunPlugin(paths[loads % 2], size_bytes, options["leak"] != 0);
      if (leaked_bytes != 0) leaked.Add(leaked_bytes);
    }
  }
  zoo::Say("leaked_bytes=%llu leaked_blocks=%llu site=LeakInPlugin loads=%llu seconds=%.3f",
           leaked.bytes_total(), leaked.blocks_total(), loads, zoo::ElapsedS());
}
