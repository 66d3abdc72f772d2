// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/run_lock.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace seep::agent {

model::Result<RunLock> RunLock::Take(const std::string& database, model::RunId run) {
  struct stat file {};
  if (stat(database.c_str(), &file) != 0) return model::FailErrno("database " + database);
  const std::string run_text = std::to_string(static_cast<int64_t>(run));
  const std::string name = "seep-run-" + std::to_string(file.st_dev) + "-" +
                           std::to_string(file.st_ino) + "-" + run_text;
  // Abstract: the first byte of the path is 0.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::min(name.size(), sizeof(address.sun_path) - 1);
  std::copy_n(name.begin(), length, address.sun_path + 1);
  const auto address_bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);

  const int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return model::FailErrno("locking run " + run_text);
  RunLock lock(socket_fd);
  if (bind(socket_fd, reinterpret_cast<const sockaddr*>(&address), address_bytes) == 0) return lock;
  if (errno != EADDRINUSE) return model::FailErrno("locking run " + run_text);
  return model::Fail(model::Errc::kBusy,
                     "run " + run_text + " of " + database + " is being watched by another seep");
}

RunLock::~RunLock() {
  if (socket_ >= 0) close(socket_);
}

}  // namespace seep::agent
