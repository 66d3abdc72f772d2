// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/leak_log.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

namespace seep_leak {
namespace {

constexpr size_t kDigits = 20;
constexpr size_t kMaxLine = 512;

char* Append(char* at, const char* text) {
  const size_t length = strlen(text);
  memcpy(at, text, length);
  return at + length;
}

char* AppendNumber(char* at, uint64_t number) {
  for (size_t i = kDigits; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
  return at + kDigits;
}

constexpr const char* kNames[] = {
    "leaked_blocks=", " leaked_bytes=", " marked_blocks=", " marked_bytes="};

}  // namespace

void LeakLog::Open(const char* path, const char* function) {
  void* shared =
      mmap(nullptr, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return;
  counters_ = static_cast<Counters*>(shared);
  if (path == nullptr) return;

  char line[kMaxLine];
  char* end = line;
  for (const char* name : kNames) end = AppendNumber(Append(end, name), 0);
  end = Append(Append(Append(end, " function="), function), "\n");
  const auto length = static_cast<size_t>(end - line);

  // A new inode, never a truncation: another process may have the old one mapped.
  unlink(path);
  const int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return;
  // Written rather than only extended: the blocks exist, so the mapping cannot raise SIGBUS.
  if (write(fd, line, length) == static_cast<ssize_t>(length)) {
    void* map = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) line_ = static_cast<char*>(map);
  }
  close(fd);
}

void LeakLog::WriteNotFound(const char* path, const char* function) {
  if (path == nullptr) return;
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return;
  char line[kMaxLine];
  char* end = Append(Append(Append(line, "not_found="), function), "\n");
  [[maybe_unused]] const ssize_t written = write(fd, line, static_cast<size_t>(end - line));
  close(fd);
}

void LeakLog::AddMarked(size_t size_bytes) {
  if (counters_ == nullptr) return;
  counters_->value[kMarkedBlocks].fetch_add(1, std::memory_order_relaxed);
  counters_->value[kMarkedBytes].fetch_add(size_bytes, std::memory_order_relaxed);
  Render();
}

void LeakLog::AddLeaked(size_t size_bytes) {
  if (counters_ == nullptr) return;
  counters_->value[kLeakedBlocks].fetch_add(1, std::memory_order_relaxed);
  counters_->value[kLeakedBytes].fetch_add(size_bytes, std::memory_order_relaxed);
  Render();
}

// One thread of a process renders; it goes round again when another one counted meanwhile.
void LeakLog::Render() {
  uint64_t change = counters_->changes.fetch_add(1) + 1;
  while (line_ != nullptr && !is_rendering_.exchange(true)) {
    change = counters_->changes.load();
    char* at = line_;
    for (size_t i = 0; i < kCounters; ++i) {
      at =
          AppendNumber(at + strlen(kNames[i]), counters_->value[i].load(std::memory_order_relaxed));
    }
    is_rendering_.store(false);
    if (counters_->changes.load() == change) return;
  }
}

}  // namespace seep_leak
