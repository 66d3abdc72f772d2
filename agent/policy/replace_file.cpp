// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/replace_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace seep::agent {
namespace {

bool WriteAll(int fd, const std::string& text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(fd, text.data() + written, text.size() - written);
    if (count < 0) return false;
    written += static_cast<size_t>(count);
  }
  return fsync(fd) == 0;
}

}  // namespace

model::Status ReplaceFile(const std::string& path, const std::string& text) {
  std::error_code ignored;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, ignored);
  if (target.empty()) target = path;
  std::string beside = target.string() + ".XXXXXX";
  const int fd = mkstemp(beside.data());
  if (fd < 0) return model::FailErrno("writing beside " + path);
  constexpr mode_t kNewFile = 0644;
  struct stat before {};
  const mode_t mode = stat(target.c_str(), &before) == 0 ? before.st_mode & 07777 : kNewFile;
  const bool is_written = WriteAll(fd, text) && fchmod(fd, mode) == 0;
  model::Status status = is_written ? model::Status{} : model::FailErrno("writing " + beside);
  close(fd);
  if (status && std::rename(beside.c_str(), target.c_str()) != 0) {
    status = model::FailErrno("writing " + path);
  }
  if (!status) unlink(beside.c_str());
  return status;
}

}  // namespace seep::agent
