// SPDX-License-Identifier: Apache-2.0
// Descriptors of every kind, made on purpose. For the zoo and for tests.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

namespace zoo {

// A socket on the loopback address that listens; -1: not possible.
inline int Listen(sockaddr_in* address) {
  *address = {};
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof *address;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const bool is_listening = bind(fd, reinterpret_cast<sockaddr*>(address), sizeof *address) == 0 &&
                            listen(fd, 128) == 0 &&
                            getsockname(fd, reinterpret_cast<sockaddr*>(address), &length) == 0;
  if (is_listening) return fd;
  close(fd);
  return -1;
}

// Connects to `listener` and accepts: client and server in `pair`.
inline bool ConnectPair(int listener, const sockaddr_in& address, int pair[2]) {
  pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (pair[0] < 0) return false;
  if (connect(pair[0], reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    pair[1] = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (pair[1] >= 0) return true;
  }
  close(pair[0]);
  return false;
}

// A file without a name in `folder`, with so many bytes written; -1: not possible.
inline int OpenUnlinked(const char* folder, size_t size_bytes) {
  char path[256];
  snprintf(path, sizeof path, "%s/seep_zoo_XXXXXX", folder);
  const int fd = mkstemp(path);
  if (fd < 0) return -1;
  unlink(path);
  static const char kChunk[4096] = {1};
  for (size_t written = 0; written < size_bytes; written += sizeof kChunk) {
    if (write(fd, kChunk, sizeof kChunk) < 0) break;
  }
  return fd;
}

}  // namespace zoo
