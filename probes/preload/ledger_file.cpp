// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/ledger_file.h"

#include <time.h>

#include <cerrno>
#include <cstring>

#include "probes/preload/ledger_directory.h"
#include "probes/preload/ledger_growth.h"
#include "probes/preload/syscalls.h"

namespace seep::probe {
namespace {

// A ledger may grow to a part of what is free on its tmpfs at its start.
constexpr uint64_t kLargestShareOfFree = 4;
constexpr uint64_t kLeastMaxBytes = uint64_t{1} << 20;  // what $SEEP_LEDGER_MAX cannot go below
// Not writable by its path, not even for its owner: whoever cut it would kill the target by SIGBUS.
constexpr unsigned kLedgerMode = 0400;
struct File {
  int fd = -1;
  PathText path;
};

uint64_t ReadNanoseconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
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
  ReadBootId(header.boot_id);
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
