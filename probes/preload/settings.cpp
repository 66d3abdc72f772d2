// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/settings.h"

#include <stdlib.h>

#include "probes/preload/cpu_budget.h"

namespace seep::probe {

void ReadSettings(Settings* settings) {
  // secure_getenv: a set-user-id program takes no orders from its caller.
  const char* directory = secure_getenv("SEEP_DIR");
  const char* runtime = secure_getenv("XDG_RUNTIME_DIR");
  if (directory != nullptr) settings->directory.Add(directory);
  if (runtime != nullptr && runtime[0] == '/') settings->runtime_directory.Add(runtime);
  settings->interval_bytes = ReadSize(secure_getenv("SEEP_INTERVAL"));
  settings->max_bytes = ReadSize(secure_getenv("SEEP_LEDGER_MAX"));
  const char* percent = secure_getenv("SEEP_CPU_BUDGET");
  settings->cpu_percent = percent != nullptr && IsDigit(*percent)
                              ? static_cast<uint32_t>(ReadDecimal(percent))
                              : kDefaultCpuPercent;
  settings->run_token = ReadHexadecimal(secure_getenv("SEEP_RUN"));
}

}  // namespace seep::probe
