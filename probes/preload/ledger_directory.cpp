// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/ledger_directory.h"

#include <linux/magic.h>

#include <cerrno>
#include <cstring>

#include "probes/ledger/layout.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

// Ledgers outlive their processes until an agent collects them. Without one, a service that
// starts many helpers must not fill the memory with them.
constexpr uint64_t kMaxLedgers = 256;
constexpr uint64_t kTmpfsEntryBytes = 20;  // what a tmpfs directory's size grows by an entry

PathText LedgerName(const PathText& directory, const Identity& identity) {
  PathText name = directory;
  name.Add("/").AddNumber(identity.pid).Add("-").AddNumber(identity.start_ticks);
  return name;
}

}  // namespace

const char* ReasonOf(int error) {
  switch (-error) {
    case ENOSPC:
      return "the ledger directory is full";
    case EACCES:
    case EPERM:
      return "the ledger directory is not writable";
    case EROFS:
      return "the ledger directory is read-only";
    case ENOENT:
      return "the ledger directory does not exist";
    case ENOTDIR:
      return "the ledger directory is not a directory";
    case EMFILE:
    case ENFILE:
      return "no file descriptor is left";
    default:
      return "the ledger file cannot be made";
  }
}

const char* CheckDirectory(const char* path, bool is_default, uint64_t* free_bytes) {
  const int no_links = is_default ? O_NOFOLLOW : 0;
  const int fd = SysOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | no_links);
  if (fd < 0) return ReasonOf(fd);
  struct statfs space;
  struct stat directory;
  int failure = SysFstatfs(fd, &space);
  if (failure == 0) failure = SysFstat(fd, &directory);
  SysClose(fd);
  if (failure != 0) return ReasonOf(failure);
  if (is_default && directory.st_uid != 0 && directory.st_uid != SysGetuid()) {
    return "the ledger directory belongs to another user";
  }
  // On a disk file a writeback stalls the writer, and a full disk is a SIGBUS.
  if (space.f_type != TMPFS_MAGIC) return "the ledger directory is not on tmpfs";
  if (static_cast<uint64_t>(directory.st_size) / kTmpfsEntryBytes > kMaxLedgers) {
    return "the ledger directory holds too many ledgers of ended processes";
  }
  // A tmpfs without a size limit reports no blocks at all.
  *free_bytes = space.f_blocks == 0
                    ? UINT64_MAX
                    : static_cast<uint64_t>(space.f_bavail) * static_cast<uint64_t>(space.f_bsize);
  if (*free_bytes < ledger::kSpareBytes) return "the ledger directory is full";
  return nullptr;
}

PathText SharedDirectory() {
  PathText path;
  path.Add("/dev/shm/seep-").AddNumber(SysGetuid());
  return path;
}

void LeaveReason(const PathText& directory, const Identity& identity, const char* reason) {
  const int fd = SysOpen(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat status;
  const bool is_crowded =
      fd >= 0 && SysFstat(fd, &status) == 0 &&
      static_cast<uint64_t>(status.st_size) / kTmpfsEntryBytes > 2 * kMaxLedgers;
  if (fd >= 0) SysClose(fd);
  if (is_crowded) return;
  SysSymlink(reason, LedgerName(directory, identity).Add(ledger::kFailedSuffix).c_str());
}

PathText LedgerPath(const PathText& directory, const Identity& identity, uint64_t image) {
  PathText path = LedgerName(directory, identity);
  path.Add("-").AddNumber(image).Add(ledger::kLedgerSuffix);
  return path;
}

void CollectEarlierImages(const PathText& directory, const Identity& identity) {
  const int fd = SysOpen(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  PathText prefix;
  prefix.AddNumber(identity.pid).Add("-").AddNumber(identity.start_ticks).Add("-");
  uint64_t newest = 0;
  alignas(8) char buffer[1024];  // on the stack of whichever thread came first
  long bytes;
  while ((bytes = SysGetdents(fd, buffer, sizeof(buffer))) > 0) {
    for (long at = 0; at < bytes;) {
      const auto* entry = reinterpret_cast<const DirectoryEntry*>(buffer + at);
      at += entry->record_bytes;
      if (strncmp(entry->name, prefix.c_str(), prefix.length) != 0) continue;
      const char* digits = entry->name + prefix.length;
      const uint64_t image = ReadDecimal(digits);
      if (strcmp(digits, ledger::kLedgerSuffix) != 0) continue;
      const uint64_t older = image < newest ? image : newest;
      newest = image > newest ? image : newest;
      if (older != 0) SysUnlink(LedgerPath(directory, identity, older).c_str());
    }
  }
  SysClose(fd);
}

}  // namespace seep::probe
