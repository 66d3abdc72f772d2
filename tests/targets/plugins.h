// SPDX-License-Identifier: Apache-2.0
// The plugins plugin_*.cpp: where they lie and what they export.
#pragma once

#include <limits.h>

#include "tests/targets/zoo.h"

namespace zoo {

// seep_zoo_plugin_run: uses a block, or leaks it; the bytes leaked.
using PluginRun = size_t (*)(size_t size_bytes, bool is_leaking);

struct PluginPath {
  char text[PATH_MAX + 64];
};

// Beside the executable.
inline PluginPath PathOfPlugin(const char* name) {
  PluginPath path;
  char* text = path.text;
  const ssize_t length = readlink("/proc/self/exe", text, PATH_MAX);
  text[length > 0 ? length : 0] = 0;
  char* slash = strrchr(text, '/');
  if (slash == nullptr) abort();
  snprintf(slash, sizeof path.text - static_cast<size_t>(slash - text), "/seep_zoo_plugin_%s.so",
           name);
  return path;
}

}  // namespace zoo
