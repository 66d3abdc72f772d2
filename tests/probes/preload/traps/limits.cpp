// SPDX-License-Identifier: Apache-2.0
// Limits that come after the start, and ledgers that somebody takes away.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/probes/preload/traps/trap.h"

namespace traps {
namespace {

bool Limit(int resource, rlim_t limit) {
  const rlimit both{limit, limit};
  return setrlimit(static_cast<__rlimit_resource_t>(resource), &both) == 0;
}

// Growth of every table, and a child that wants a ledger of its own.
int GrowAndFork() {
  AllocateAndFreeHalf();
  const int status = GrowEveryTable();
  return status != 0 ? status : ForkAndAllocate();
}

int FileSize() {
  return Limit(RLIMIT_FSIZE, 4096) ? GrowAndFork() : 1;
}
int AddressSpace() {
  // What the program needs, and next to nothing for a ledger.
  char line[64] = {};
  const int fd = open("/proc/self/statm", O_RDONLY);
  const bool is_read = read(fd, line, sizeof(line) - 1) > 0;
  close(fd);
  const auto used = std::strtoull(line, nullptr, 10) * 4096;
  return is_read && Limit(RLIMIT_AS, used + (32 << 20)) ? GrowAndFork() : 1;
}
int Descriptors() {
  return Limit(RLIMIT_NOFILE, 3) ? GrowAndFork() : 1;
}
int LockedMemory() {
  return Limit(RLIMIT_MEMLOCK, 0) ? GrowAndFork() : 1;
}
int LockedAll() {
  return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? GrowAndFork() : Failed("mlockall");
}
// A main stack of 64 KiB, from the first instruction of the next image on.
int Stack() {
  if (!Limit(RLIMIT_STACK, 64 << 10)) return 1;
  char self[] = "/proc/self/exe";
  char command[] = "limit-stack-2";
  char* arguments[] = {self, command, nullptr};
  return execv(self, arguments);
}

template <typename Do>
int WithLedgers(Do action) {
  const std::string directory = std::getenv("SEEP_DIR");
  DIR* listing = opendir(directory.c_str());
  if (listing == nullptr) return Failed("%s", directory.c_str());
  int found = 0;
  while (const dirent* entry = readdir(listing)) {
    const std::string path = directory + "/" + entry->d_name;
    struct stat file {};
    const bool is_ours =
        stat(path.c_str(), &file) == 0 && S_ISREG(file.st_mode) && file.st_uid == geteuid();
    if (!is_ours) continue;
    if (!action(path)) return Failed("%s", entry->d_name);
    ++found;
  }
  closedir(listing);
  return found == 1 ? 0 : Failed("%d ledgers", found);
}

int Deleted() {
  const int status = WithLedgers([](const std::string& path) { return unlink(path.c_str()) == 0; });
  if (status != 0 || rmdir(std::getenv("SEEP_DIR")) != 0) return Failed("cannot be deleted");
  return GrowAndFork();
}

// Whoever is not root can neither cut the ledger nor write to it: either would be the end of the
// target, which has it mapped.
int CutByOthers() {
  const int status = WithLedgers([](const std::string& path) {
    const bool is_cut = truncate(path.c_str(), 0) == 0;
    const int fd = open(path.c_str(), O_WRONLY | O_TRUNC);
    return !is_cut && fd < 0 && errno == EACCES;
  });
  return status != 0 ? status : GrowAndFork();
}

const Register registered[] = {{"limit-fsize", &FileSize},      {"limit-as", &AddressSpace},
                               {"limit-nofile", &Descriptors},  {"limit-memlock", &LockedMemory},
                               {"locked-all", &LockedAll},      {"limit-stack", &Stack},
                               {"limit-stack-2", &GrowAndFork}, {"grow-and-fork", &GrowAndFork},
                               {"ledger-deleted", &Deleted},    {"cut-by-others", &CutByOthers}};

}  // namespace
}  // namespace traps
