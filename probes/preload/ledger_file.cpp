// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/ledger_file.h"

#include <linux/magic.h>
#include <stdlib.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "probes/preload/cpu_budget.h"
#include "probes/preload/ledger_growth.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

// A ledger may grow to a part of what is free on its tmpfs at its start.
constexpr uint64_t kLargestShareOfFree = 4;
constexpr uint64_t kLeastMaxBytes = uint64_t{1} << 20;  // what $SEEP_LEDGER_MAX cannot go below
// Ledgers outlive their processes until an agent collects them. Without one, a service that
// starts many helpers must not fill the memory with them.
constexpr uint64_t kMaxLedgers = 256;
// Not writable by its path, not even for its owner: whoever cut it would kill the target by SIGBUS.
constexpr unsigned kLedgerMode = 0400;
constexpr uint64_t kTmpfsEntryBytes = 20;  // what a tmpfs directory's size grows by an entry

struct File {
  int fd = -1;
  PathText path;
};

uint64_t ReadNanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

// The first bytes of a file, NUL-terminated; empty on failure.
template <size_t kCapacity>
void ReadSmallFile(const char* path, char (&content)[kCapacity]) {
  content[0] = '\0';
  const int fd = SysOpen(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  const long bytes = SysRead(fd, content, kCapacity - 1);
  SysClose(fd);
  content[bytes > 0 ? bytes : 0] = '\0';
}

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

// A directory that can be used: on tmpfs with room to spare; a default one must also be ours or
// root's, as anyone may make a directory or a link of that name in /dev/shm.
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

// The last resort, of the user alone.
PathText SharedDirectory() {
  PathText path;
  path.Add("/dev/shm/seep-").AddNumber(SysGetuid());
  return path;
}

PathText LedgerName(const PathText& directory, const Identity& identity) {
  PathText name = directory;
  name.Add("/").AddNumber(identity.pid).Add("-").AddNumber(identity.start_ticks);
  return name;
}

// Processes that come and go without a ledger must not fill the directory with reasons.
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

// A new file "<pid>-<start>-<image>.ledger"; `image` is moved on where the name is taken.
const char* CreateFile(const PathText& directory, const Identity& identity, uint32_t* image,
                       File* file) {
  constexpr int kTries = 16;
  int fd = -EEXIST;
  for (int i = 0; i < kTries && fd == -EEXIST; ++i, ++*image) {
    file->path = LedgerPath(directory, identity, *image);
    if (file->path.is_cut) return "the name of the ledger directory is too long";
    fd = SysOpen(file->path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                 kLedgerMode);
  }
  --*image;
  if (fd < 0) return ReasonOf(fd);
  file->fd = fd;
  return nullptr;
}

// What earlier images of this process (before an exec) left behind, all but the newest: a chain
// of wrapper scripts must not leave a ledger each. The newest may not have been read yet.
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

// Where address space or file sizes are limited, the target needs them more than we do; and a file
// beyond RLIMIT_FSIZE is a SIGXFSZ. nullptr: not even the small one fits.
const ledger::Geometry* ChooseGeometry(uint64_t max_bytes) {
  const uint64_t file_limit = SysGetSoftLimit(RLIMIT_FSIZE);
  const auto fits = [file_limit](const ledger::Geometry& geometry) {
    return ledger::SectionsOf(geometry).file_bytes <= file_limit;
  };
  const bool is_roomy = SysGetSoftLimit(RLIMIT_AS) == UINT64_MAX &&
                        max_bytes >= ledger::SectionsOf(ledger::kSmallGeometry).file_bytes;
  if (is_roomy && fits(ledger::kFullGeometry)) return &ledger::kFullGeometry;
  return fits(ledger::kSmallGeometry) ? &ledger::kSmallGeometry : nullptr;
}

void FillHeader(const Settings& settings, const Identity& identity, uint32_t image,
                const ledger::Sections& sections, ledger::Header& header) {
  header.layout_version = ledger::kLayoutVersion;
  header.header_bytes = sizeof(ledger::Header);
  header.file_bytes = sections.file_bytes;
  header.modules = sections.modules;
  header.stacks = sections.stacks;
  header.stack_index = sections.stack_index;
  header.frames = sections.frames;
  header.live = sections.live;
  header.live_index = sections.live_index;
  header.shards = sections.shards;
  header.pid = identity.pid;
  header.parent_pid = SysGetppid();
  header.uid = SysGetuid();
  header.image = image;
  header.start_ticks = identity.start_ticks;
  header.run_token = settings.run_token;
  header.created_monotonic_ns = ReadNanoseconds(CLOCK_MONOTONIC);
  header.created_realtime_ns = ReadNanoseconds(CLOCK_REALTIME);
  header.base_interval_bytes =
      settings.interval_bytes != 0 ? settings.interval_bytes : ledger::kDefaultIntervalBytes;
  ReadSmallFile("/proc/sys/kernel/random/boot_id", header.boot_id);
  for (char& c : header.boot_id) c = c == '\n' ? '\0' : c;
  const long length = SysReadlink("/proc/self/exe", header.exe, sizeof(header.exe) - 1);
  header.exe[length > 0 ? length : 0] = '\0';

  // Slot and module 0 mean "overflow" and "none".
  header.stacks_used.store(1, std::memory_order_relaxed);
  header.modules_used.store(1, std::memory_order_relaxed);
  header.modules_ready.store(kModuleStepBytes / sizeof(ledger::Module), std::memory_order_relaxed);
  header.stacks_ready.store(kStepBytes / sizeof(ledger::StackSlot), std::memory_order_relaxed);
  header.frames_ready.store(kStepBytes / sizeof(uint64_t), std::memory_order_relaxed);
  header.live_ready.store(kStepBytes / sizeof(ledger::LiveEntry), std::memory_order_relaxed);
}

// What a ledger begins with: the header and a first step of each section.
struct Range {
  uint64_t offset;
  uint64_t bytes;
};
constexpr size_t kFirstRanges = 7;
struct FirstPages {
  Range ranges[kFirstRanges];
  uint64_t bytes = 0;

  constexpr explicit FirstPages(const ledger::Sections& sections)
      : ranges{{0, ledger::kHeaderBytes},
               {sections.modules.offset, kModuleStepBytes},
               {sections.stacks.offset, kStepBytes},
               {sections.stack_index.offset, ledger::kFirstIndexPlaces * sizeof(uint32_t)},
               {sections.frames.offset, kStepBytes},
               {sections.live.offset, kStepBytes},
               {sections.live_index.offset, ledger::kFirstIndexPlaces * sizeof(uint32_t)}} {
    for (const Range& range : ranges) bytes += range.bytes;
  }
};

const char* MapFile(int fd, const ledger::Sections& sections, const FirstPages& first,
                    LedgerView* view) {
  if (const int failure = SysFtruncate(fd, sections.file_bytes); failure != 0) {
    return ReasonOf(failure);
  }
  // Pages exist before they are used: a hole in a file on a full tmpfs kills with SIGBUS.
  for (const Range& range : first.ranges) {
    if (const int failure = SysFallocate(fd, range.offset, range.bytes); failure != 0) {
      return ReasonOf(failure);
    }
  }
  view->base = static_cast<char*>(SysMapShared(fd, sections.file_bytes));
  if (view->base == nullptr) return "no address space is left for the ledger";
  // So that populated_bytes is what they cost in the target's RssShmem, from the start on. Kernels
  // before 5.14 cannot: there the ledger does not grow, and the figure is an upper bound.
  for (const Range& range : first.ranges) {
    SysMadvise(view->base + range.offset, range.bytes, MADV_POPULATE_WRITE);
  }
  return nullptr;
}

// `max_bytes` is what the directory has room for.
const char* FillFile(const File& file, const Settings& settings, const Identity& identity,
                     uint32_t image, uint64_t max_bytes, LedgerView* view) {
  const uint64_t wanted = settings.max_bytes != 0 ? settings.max_bytes : ledger::kDefaultMaxBytes;
  if (wanted < max_bytes) max_bytes = wanted;
  if (max_bytes < kLeastMaxBytes) max_bytes = kLeastMaxBytes;
  const ledger::Geometry* geometry = ChooseGeometry(max_bytes);
  if (geometry == nullptr)
    return "the limit of file sizes (RLIMIT_FSIZE) is below that of a ledger";
  const ledger::Sections sections = ledger::SectionsOf(*geometry);
  const FirstPages first(sections);
  if (const char* reason = MapFile(file.fd, sections, first, view)) return reason;
  ledger::Header& header = view->header();
  FillHeader(settings, identity, image, sections, header);
  header.max_bytes = max_bytes;
  header.populated_bytes.store(first.bytes, std::memory_order_relaxed);
  view->stacks()[ledger::kOverflowStack].shape.store(ledger::PackShape(0, 0, false, false),
                                                     std::memory_order_relaxed);
  // Last: a reader that sees the magic sees all of the above.
  uint64_t magic;
  memcpy(&magic, ledger::kMagic, sizeof(magic));
  __atomic_store_n(reinterpret_cast<uint64_t*>(header.magic), magic, __ATOMIC_RELEASE);
  return nullptr;
}

const char* CreateIn(const PathText& directory, bool is_default, const Settings& settings,
                     const Identity& identity, LedgerView* view) {
  uint64_t free_bytes = 0;
  if (const char* reason = CheckDirectory(directory.c_str(), is_default, &free_bytes)) {
    return reason;
  }
  CollectEarlierImages(directory, identity);
  File file;
  auto image = static_cast<uint32_t>(ReadNanoseconds(CLOCK_MONOTONIC) / 1'000'000);
  if (const char* reason = CreateFile(directory, identity, &image, &file)) return reason;
  const char* reason =
      FillFile(file, settings, identity, image, free_bytes / kLargestShareOfFree, view);
  SysClose(file.fd);
  if (reason != nullptr) SysUnlink(file.path.c_str());
  return reason;
}

}  // namespace

void ReadSettings(Settings* settings) {
  // secure_getenv: a set-user-id program takes no orders from its caller.
  const char* directory = secure_getenv("SEEP_DIR");
  const char* runtime = secure_getenv("XDG_RUNTIME_DIR");
  if (directory != nullptr) settings->directory.Add(directory);
  if (runtime != nullptr && runtime[0] == '/') settings->runtime_directory.Add(runtime);
  settings->interval_bytes = ReadSize(secure_getenv("SEEP_INTERVAL"));
  settings->max_bytes = ReadSize(secure_getenv("SEEP_LEDGER_MAX"));
  const char* percent = secure_getenv("SEEP_CPU_BUDGET");
  settings->cpu_percent = percent != nullptr && IsDigit(*percent)
                              ? static_cast<uint32_t>(ReadDecimal(percent))
                              : kDefaultCpuPercent;
  settings->run_token = ReadHexadecimal(secure_getenv("SEEP_RUN"));
}

Identity ReadIdentity() {
  char stat[1024];
  ReadSmallFile("/proc/self/stat", stat);
  // "pid (name) state ..." - the name may hold blanks and brackets: count fields after the last.
  const char* at = strrchr(stat, ')');
  Identity identity{SysGetpid(), 0};
  if (at == nullptr) return identity;
  constexpr int kFieldsToStartTime = 20;  // from the name (2) to starttime (22), proc(5)
  for (int field = 0; field < kFieldsToStartTime; ++field) {
    at = strchr(at, ' ');
    if (at == nullptr) return identity;
    ++at;
  }
  identity.start_ticks = ReadDecimal(at);
  return identity;
}

void LeaveInertReason(const Settings& settings, const Identity& identity, const char* reason) {
  if (settings.directory.length != 0) {
    LeaveReason(settings.directory, identity, reason);
    return;
  }
  const PathText shared = SharedDirectory();
  SysMkdir(shared.c_str(), 0700);
  LeaveReason(shared, identity, reason);
}

const char* CreateLedger(const Settings& settings, const Identity& identity, LedgerView* view) {
  if (settings.directory.length != 0) {
    const char* reason =
        CreateIn(settings.directory, /*is_default=*/false, settings, identity, view);
    if (reason != nullptr) LeaveReason(settings.directory, identity, reason);
    return reason;
  }
  // docs/ledger.md, "Where": the first place that works.
  PathText system;
  system.Add("/run/seep");
  PathText user = settings.runtime_directory;
  if (user.length != 0) user.Add("/seep");
  const PathText shared = SharedDirectory();
  const PathText* const places[] = {&system, &user, &shared};
  const char* reason = nullptr;
  for (const PathText* directory : places) {
    if (directory->length == 0) continue;
    SysMkdir(directory->c_str(), 0700);
    reason = CreateIn(*directory, /*is_default=*/true, settings, identity, view);
    if (reason == nullptr) return nullptr;
  }
  LeaveReason(shared, identity, reason);
  return reason;
}

}  // namespace seep::probe
