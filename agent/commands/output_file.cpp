// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/output_file.h"

#include <unistd.h>

#include "storage/files/replace_file.h"

namespace seep::agent {

model::Status WriteOutput(const std::string& path, std::string_view content) {
  if (!path.empty()) return files::Replace(path, content);
  if (files::WriteAll(STDOUT_FILENO, content)) return {};
  return model::FailErrno("writing to stdout");
}

}  // namespace seep::agent
