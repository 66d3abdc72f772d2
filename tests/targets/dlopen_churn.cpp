// SPDX-License-Identifier: Apache-2.0
// Loads, calls and unloads two plugins in turn, which then often share an address. With --leak one
// of them leaks a block per load, and its code is gone when anyone asks for the name of the site.
#include <dlfcn.h>

#include "tests/targets/plugins.h"
#include "tests/targets/zoo.h"

namespace {

[[gnu::noipa]] size_t RunPlugin(const char* path, size_t size_bytes, bool is_leaking) {
  void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (plugin == nullptr) {
    dprintf(2, "%s\n", dlerror());
    exit(1);
  }
  const auto run = reinterpret_cast<zoo::PluginRun>(dlsym(plugin, "seep_zoo_plugin_run"));
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
  const zoo::PluginPath paths[2] = {zoo::PathOfPlugin("parser"), zoo::PathOfPlugin("renderer")};
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["loads"]));
  zoo::Tally leaked;
  unsigned long long loads = 0;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    for (; pacer.IsDue() && zoo::IsRunning(); pacer.Spend(1), ++loads) {
      const size_t size_bytes = random.Between(256, 4096);
      const size_t leaked_bytes =
          RunPlugin(paths[loads % 2].text, size_bytes, options["leak"] != 0);
      if (leaked_bytes != 0) leaked.Add(leaked_bytes);
    }
  }
  zoo::Say("leaked_bytes=%llu leaked_blocks=%llu site=LeakInPlugin loads=%llu seconds=%.3f",
           leaked.bytes_total(), leaked.blocks_total(), loads, zoo::ElapsedS());
}
