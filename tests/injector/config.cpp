// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace seep_leak {
namespace {

char g_function[256];
char g_log_path[PATH_MAX];

const char* NonEmpty(const char* name) {
  const char* text = getenv(name);
  return text != nullptr && *text != 0 ? text : nullptr;
}

double Number(const char* name, double otherwise) {
  const char* text = NonEmpty(name);
  return text != nullptr ? strtod(text, nullptr) : otherwise;
}

// Copies `text` with each %p replaced by the pid; false when it does not fit.
bool ExpandPid(const char* text, char* out, size_t room) {
  while (*text != 0) {
    char digits[24];
    size_t length = 1;
    const char* from = text++;
    if (from[0] == '%' && from[1] == 'p') {
      ++text;
      char* digit = digits + sizeof digits;
      for (long pid = getpid(); pid > 0; pid /= 10) *--digit = static_cast<char>('0' + pid % 10);
      from = digit;
      length = static_cast<size_t>(digits + sizeof digits - digit);
    }
    if (length >= room) return false;
    memcpy(out, from, length);
    out += length;
    room -= length;
  }
  *out = 0;
  return true;
}

}  // namespace

Config ReadConfig() {
  Config config;
  const char* function = NonEmpty("SEEP_LEAK_FUNCTION");
  if (function == nullptr || strlen(function) >= sizeof g_function) return config;
  strcpy(g_function, function);
  config.function = g_function;
  if (char* colon = strstr(g_function, ":"); colon != nullptr && colon[1] != ':') {
    *colon = 0;
    config.library = g_function;
    config.function = colon + 1;
  }
  config.more = Number("SEEP_LEAK_MORE", 0);
  config.fraction = Number("SEEP_LEAK_FRACTION", config.more > 0 ? 0 : 0.05);
  config.after_s = Number("SEEP_LEAK_AFTER", 0);
  config.seed = static_cast<uint64_t>(Number("SEEP_LEAK_SEED", 1));
  const char* log_path = NonEmpty("SEEP_LEAK_LOG");
  if (log_path != nullptr && ExpandPid(log_path, g_log_path, sizeof g_log_path)) {
    config.log_path = g_log_path;
  }
  return config;
}

}  // namespace seep_leak
