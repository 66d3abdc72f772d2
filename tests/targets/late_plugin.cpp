// SPDX-License-Identifier: Apache-2.0
// A plugin that is loaded after the start leaks, past what was preloaded: with --deepbind its
// malloc is libc's, with --mallocx it calls jemalloc by a name of its own. Its calls are bound when
// they are made (RTLD_LAZY), which --silent leaves out.
#include <dlfcn.h>

#include "tests/targets/plugins.h"
#include "tests/targets/zoo.h"

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "a plugin that is loaded late leaks",
                             {{"seconds", 10, "0 = until SIGTERM"},
                              {"rate", 256 << 10, "bytes leaked per second"},
                              {"deepbind", 0, "1 = it is loaded with RTLD_DEEPBIND"},
                              {"mallocx", 0, "1 = it allocates by mallocx (jemalloc)"},
                              {"silent", 0, "1 = the plugin is loaded, but never called"}});
  zoo::Start(options["seconds"]);
  void* plugin = dlopen(zoo::PathOfPlugin(options["mallocx"] != 0 ? "mallocx" : "renderer").text,
                        RTLD_LAZY | RTLD_LOCAL | (options["deepbind"] != 0 ? RTLD_DEEPBIND : 0));
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
