// SPDX-License-Identifier: Apache-2.0
// A plugin loaded with RTLD_DEEPBIND leaks: its malloc is libc's, past whatever was preloaded. Its
// calls are bound when they are made (RTLD_LAZY), which --silent leaves out.
#include <dlfcn.h>

#include "tests/targets/plugins.h"
#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "a plugin of RTLD_DEEPBIND leaks",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 256 << 10, "bytes leaked per second"},
                              {"silent", 0, "1 = the plugin is loaded, but never called"}});
  zoo::Start(options["seconds"]);
  void* plugin = dlopen(zoo::PathOfPlugin("renderer").text, RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND);
  if (plugin == nullptr) {
    dprintf(2, "%s\n", dlerror());
    return 1;
  }
  const auto run = reinterpret_cast<zoo::PluginRun>(dlsym(plugin, "seep_zoo_plugin_run"));
  constexpr size_t kBlockBytes = 1024;
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  zoo::Tally leaked;
  zoo::Ready();
  for (; zoo::IsRunning(); zoo::SleepMs(2)) {
    // The program's own, which are seen.
    free(zoo::Escape(malloc(kBlockBytes)));
    for (; pacer.IsDue() && options["silent"] == 0; pacer.Spend(kBlockBytes)) {
      leaked.Add(run(kBlockBytes, true));
    }
  }
  zoo::Say("leaked_bytes=%llu leaked_blocks=%llu site=LeakInPlugin seconds=%.3f",
           leaked.bytes_total(), leaked.blocks_total(), zoo::ElapsedS());
}
