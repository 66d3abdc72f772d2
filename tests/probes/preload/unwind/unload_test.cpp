// SPDX-License-Identifier: Apache-2.0
// An object loaded where another one was: neither its rules nor its name may be those of the other.
#include <dlfcn.h>
#include <link.h>

#include "probes/preload/process.h"
#include "probes/preload/thread_shard.h"
#include "tests/probes/preload/scratch_ledger.h"
#include "tests/probes/preload/unwind/reference_stack.h"

using namespace seep;
using namespace seep::probe;

namespace {

LedgerView g_view;
StackPair g_pair;
std::string g_plugin_path;  // of the module that the frame of the plugin was given
std::string g_known_path;   // the same in the stack that the thread's memory of walks gives

std::string PluginAmong(const uint64_t* frames, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const std::string path = g_view.modules()[ledger::FrameModule(frames[i])].path;
    if (path.find("unload_plugin") != std::string::npos) return path;
  }
  return {};
}

[[gnu::noipa]] void CaptureInPlugin() {
  g_pair = CaptureBoth(g_view);
  CapturedStack stack;
  CaptureStack(g_view, {}, nullptr, &stack);
  g_plugin_path = PluginAmong(stack.frames, stack.count);
  const unwind::Registers caller = CallerOfThisFunction();
  ThreadShard* shard = ThreadShard::OfThisThread(g_view);
  const uint32_t id = shard->FindCallingStack(g_view, &caller, BirthTicks(g_view));
  const uint64_t shape = g_view.stacks()[id].shape.load();
  g_known_path =
      PluginAmong(g_view.frames() + ledger::ShapeFirstFrame(shape), ledger::ShapeFrameCount(shape));
}

struct Loaded {
  void* handle;
  uint64_t address;
};
Loaded Load(const char* path) {
  void* handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  REQUIRE(handle != nullptr);
  link_map* map = nullptr;
  REQUIRE(dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0);
  return {handle, map->l_addr};
}
void Run(const Loaded& plugin) {
  reinterpret_cast<int (*)(void (*)())>(dlsym(plugin.handle, "RunPlugin"))(&CaptureInPlugin);
}

// The small plugin and another in turn; `close` unloads. True when they were ever loaded at the
// same place.
template <typename Close>
bool Alternate(const char* other, int rounds, Close close) {
  const char* paths[] = {SEEP_SMALL_PLUGIN_PATH, other};
  bool is_same_place = false;
  uint64_t previous = 0;
  for (int round = 0; round < rounds; ++round) {
    const char* path = paths[round % 2];
    const Loaded plugin = Load(path);
    is_same_place = is_same_place || plugin.address == previous;
    previous = plugin.address;
    Run(plugin);
    close(plugin.handle);
    INFO("round " << round << "\n" << g_pair.Text());
    REQUIRE(g_pair.is_equal());
    REQUIRE(g_plugin_path == path);
    REQUIRE(g_known_path == path);
  }
  return is_same_place;
}

}  // namespace

// dlclose is the probe's here, as in a target: dlclose.cpp is linked in.
TEST_CASE("after dlclose an address is looked at anew") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger ledger(1);
  g_view = ledger.view;
  CHECK(Alternate(SEEP_LARGE_PLUGIN_PATH, 40, [](void* handle) { dlclose(handle); }));
  // Where a walk would read the very words that the one before has read.
  CHECK(Alternate(SEEP_TWIN_PLUGIN_PATH, 40, [](void* handle) { dlclose(handle); }));
}

TEST_CASE("an unloading that nobody told of is found at the next tick") {
  REQUIRE(ThreadShard::Prepare());
  ScratchLedger ledger(1);
  g_view = ledger.view;
  void* libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  const auto unseen_dlclose = reinterpret_cast<int (*)(void*)>(dlsym(libc, "dlclose"));
  REQUIRE(unseen_dlclose != &dlclose);
  CHECK(Alternate(SEEP_LARGE_PLUGIN_PATH, 6, [&](void* handle) {
    unseen_dlclose(handle);
    const uint32_t tick = BirthTicks(g_view);
    while (BirthTicks(g_view) == tick) {
    }
  }));
}
