// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "agent/policy/replace_file.h"
#include "storage/model/descriptor.h"

namespace seep::agent {
namespace {

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace

model::Status WriteOutput(const std::string& path, const std::string& content) {
  if (path.empty()) {
    if (WriteAll(STDOUT_FILENO, content)) return {};
    return model::FailErrno("writing to stdout");
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) {
    return ReplaceFile(path, content);
  }
  const model::Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.is_open() && WriteAll(file.get(), content)) return {};
  return model::FailErrno("writing " + path);
}

}  // namespace seep::agent
