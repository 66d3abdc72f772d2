// SPDX-License-Identifier: Apache-2.0
#include "storage/files/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "storage/model/descriptor.h"

namespace seep::files {
namespace {

// Keeps the errno of what failed.
std::unexpected<model::Error> Undo(const std::string& path, const std::string& beside) {
  const auto failure = model::FailErrno("writing " + path);
  unlink(beside.c_str());
  return failure;
}

}  // namespace

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t count = write(descriptor, content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    content.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

model::Status Replace(const std::string& path, std::string_view content) {
  struct stat status {};
  const bool exists = stat(path.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    const model::Descriptor file(open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.is_open() && WriteAll(file.get(), content)) return {};
    return model::FailErrno("writing " + path);
  }
  // Through a symbolic link: what it points to is replaced, not the link.
  std::error_code ignored;
  const std::string place = exists ? std::filesystem::canonical(path, ignored).string() : path;
  const std::string beside = place + ".part" + std::to_string(getpid());
  const int file = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file < 0) return model::FailErrno("writing " + path);
  const bool is_written = (!exists || fchmod(file, status.st_mode & 07777) == 0) &&
                          WriteAll(file, content) && fsync(file) == 0;
  if (!is_written) {
    const auto failure = Undo(path, beside);
    close(file);
    return failure;
  }
  if (close(file) != 0 || rename(beside.c_str(), place.c_str()) != 0) return Undo(path, beside);
  return {};
}

}  // namespace seep::files
