// SPDX-License-Identifier: Apache-2.0
#include "storage/model/run.h"

namespace seep::model {

void LimitTo(Run& run, uint64_t bytes) {
  if (bytes == 0 || (run.limit_bytes != 0 && run.limit_bytes <= bytes)) return;
  run.limit_bytes = bytes;
  run.limit_source = "--limit";
}

std::string ProgramName(const Target& target) {
  // "nginx: worker process" and "-bash" are how programs write their own first word.
  std::string name = target.command_line.substr(0, target.command_line.find(' '));
  if (name.empty()) name = target.exe;
  name.erase(0, name.find_last_of('/') + 1);
  if (name.ends_with(':')) name.pop_back();
  if (name.starts_with('-')) name.erase(0, 1);
  return name.empty() ? "process" : name;
}

}  // namespace seep::model
