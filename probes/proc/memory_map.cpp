// SPDX-License-Identifier: Apache-2.0
#include "probes/proc/memory_map.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "probes/proc/files.h"
#include "probes/proc/thread_cpu.h"

namespace seep::proc {
namespace {

// glibc's HEAP_MAX_SIZE on 64 bits: arenas but the first lie in heaps aligned to it, the rest of
// which is PROT_NONE (malloc/arena.c).
constexpr uint64_t kArenaBytes = uint64_t{64} << 20;
// pthread_attr_setguardsize(3): a page unless asked for more.
constexpr uint64_t kLargestGuardBytes = uint64_t{1} << 20;

// One mapping: its head line and the fields below it.
struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  std::string protection;  // "rw-p"
  std::string device;      // "fe:01"
  std::string path;        // empty: anonymous
  uint64_t rss = 0;
  uint64_t pss = 0;
  uint64_t dirty = 0;  // private and shared
  uint64_t swap = 0;
  uint64_t anon_huge = 0;
  uint64_t lazy_free = 0;

  uint64_t bytes() const { return end - start; }
  // Named ones ("[anon:...]", PR_SET_VMA_ANON_NAME) too.
  bool is_anonymous() const { return path.empty() || path.starts_with("[anon"); }
  bool is_reserved() const { return is_anonymous() && protection.starts_with("---"); }
  bool is_file() const { return path.starts_with("/") && !path.starts_with("/dev/zero"); }
  bool is_of_probe() const {
    const size_t slash = path.rfind('/');
    return slash != std::string::npos && path.substr(slash + 1).starts_with("libseep.so");
  }
};

// "7f01c000-7f01d000 rw-p 00000000 fe:01 1234   /path", proc(5). False: a field of the mapping
// before.
bool ReadHead(std::string_view line, Mapping* mapping) {
  const char* end = line.data() + line.size();
  const auto first = std::from_chars(line.data(), end, mapping->start, 16);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '-') return false;
  const auto second = std::from_chars(first.ptr + 1, end, mapping->end, 16);
  if (second.ec != std::errc{} || mapping->end < mapping->start) return false;
  line.remove_prefix(static_cast<size_t>(second.ptr - line.data()));
  mapping->protection = TakeWord(&line);
  TakeWord(&line);  // offset
  mapping->device = TakeWord(&line);
  TakeWord(&line);  // inode
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  mapping->path = line;
  return true;
}

void ReadField(std::string_view line, Mapping* mapping) {
  constexpr uint64_t kKiB = 1024;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const uint64_t bytes = kKiB * ParseNumber(line.substr(colon + 1)).value_or(0);
  const std::string_view key = line.substr(0, colon);
  if (key == "Rss") mapping->rss = bytes;
  if (key == "Pss") mapping->pss = bytes;
  if (key == "Private_Dirty" || key == "Shared_Dirty") mapping->dirty += bytes;
  if (key == "Swap") mapping->swap = bytes;
  if (key == "AnonHugePages") mapping->anon_huge = bytes;
  if (key == "LazyFree") mapping->lazy_free = bytes;
}

// Directly above a guard: how the C library lays out the stack of a thread.
bool IsThreadStack(const Mapping* below, const Mapping& mapping) {
  return below != nullptr && below->is_reserved() && below->end == mapping.start &&
         below->bytes() <= kLargestGuardBytes;
}

// How much of it is an arena of glibc: from the last aligned address on, when all up to the next
// one is taken or reserved. What was mapped directly below may be one mapping with it.
uint64_t ArenaBytes(const Mapping& mapping, const Mapping* above) {
  const uint64_t start = (mapping.end - 1) / kArenaBytes * kArenaBytes;
  if (start < mapping.start) return 0;
  const bool is_full = mapping.end % kArenaBytes == 0;
  const bool has_rest = above != nullptr && above->is_reserved() && above->start == mapping.end &&
                        above->end >= start + kArenaBytes;
  return is_full || has_rest ? mapping.end - start : 0;
}

class Sums {
 public:
  explicit Sums(const std::vector<std::string_view>& shared_devices)
      : shared_devices_(shared_devices) {}

  void Add(const Mapping& mapping, const Mapping* below, const Mapping* above) {
    const uint64_t bytes = mapping.rss + mapping.swap;
    sum_.pss += mapping.pss;
    sum_.anon_huge += mapping.anon_huge;
    sum_.lazy_free += mapping.lazy_free;
    // What is zero at first lies behind the other data of a library, without a name.
    const bool continues_probe =
        is_in_probe_ && mapping.path.empty() && below != nullptr && below->end == mapping.start;
    is_in_probe_ = mapping.is_of_probe() || continues_probe;
    if (is_in_probe_) {
      sum_.seep += bytes;
    } else if (mapping.path.starts_with("[stack")) {
      sum_.thread_stacks += bytes;
    } else if (mapping.path == "[heap]") {
      sum_.arenas += bytes;
    } else if (mapping.is_file()) {
      if (IsShared(mapping)) return;
      sum_.file_dirty += std::min(mapping.dirty, mapping.rss) + mapping.swap;
      sum_.file_clean += mapping.rss - std::min(mapping.dirty, mapping.rss);
    } else if (mapping.is_anonymous()) {
      AddAnonymous(mapping, bytes, below, above);
    }
  }
  const MemoryMap& sum() const { return sum_; }

 private:
  bool IsShared(const Mapping& mapping) const {
    return mapping.path.starts_with("/memfd:") || mapping.path.starts_with("/SYSV") ||
           std::find(shared_devices_.begin(), shared_devices_.end(), mapping.device) !=
               shared_devices_.end();
  }
  void AddAnonymous(const Mapping& mapping, uint64_t bytes, const Mapping* below,
                    const Mapping* above) {
    // Shared anonymous memory of newer kernels has a name of its own: it is in RssShmem.
    if (mapping.path.starts_with("[anon_shmem")) return;
    if (IsThreadStack(below, mapping)) {
      sum_.thread_stacks += bytes;
      return;
    }
    const uint64_t of_arena = std::min(bytes, ArenaBytes(mapping, above));
    sum_.arenas += of_arena;
    sum_.anonymous += bytes - of_arena;
  }

  const std::vector<std::string_view>& shared_devices_;
  MemoryMap sum_;
  bool is_in_probe_ = false;
};

// Takes smaps line by line. What a mapping is depends on those beside it: three are kept, however
// many there are.
class SmapsReader {
 public:
  explicit SmapsReader(const std::vector<std::string_view>& shared_devices)
      : sums_(shared_devices) {}

  void Line(std::string_view line) {
    Mapping next;
    if (ReadHead(line, &next)) {
      Push(std::move(next));
    } else if (last_) {
      ReadField(line, &*last_);
    }
  }

  MemoryMap Finish() {
    // The kernel's own page for old programs is nobody's mapping.
    const bool has_vsyscall = last_ && last_->path == "[vsyscall]";
    Push(std::nullopt);
    MemoryMap map = sums_.sum();
    map.mappings = count_ - has_vsyscall;
    return map;
  }

 private:
  void Push(std::optional<Mapping> next) {
    if (last_) {
      sums_.Add(*last_, below_ ? &*below_ : nullptr, next ? &*next : nullptr);
      ++count_;
    }
    below_ = std::move(last_);
    last_ = std::move(next);
  }

  Sums sums_;
  std::optional<Mapping> below_;
  std::optional<Mapping> last_;
  uint64_t count_ = 0;
};

// Of every tmpfs that the process sees: "36 35 0:31 / /dev/shm rw - tmpfs ...", proc(5); smaps
// writes the numbers in hexadecimal.
std::vector<std::string> SharedDevices(pid_t pid) {
  std::vector<std::string> devices;
  const auto text = ReadFile("/proc/" + std::to_string(pid) + "/mountinfo");
  if (!text) return devices;
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::string_view line = TakeLine(&rest);
    if (line.find(" - tmpfs ") == std::string_view::npos &&
        line.find(" - devtmpfs ") == std::string_view::npos) {
      continue;
    }
    TakeWord(&line);
    TakeWord(&line);
    const std::string_view device = TakeWord(&line);
    const auto major = ParseNumber(device);
    const auto minor =
        ParseNumber(device.substr(std::min(device.find(':'), device.size() - 1) + 1));
    if (!major || !minor) continue;
    char hexadecimal[32];
    std::snprintf(hexadecimal, sizeof(hexadecimal), "%02x:%02x", static_cast<unsigned>(*major),
                  static_cast<unsigned>(*minor));
    devices.emplace_back(hexadecimal);
  }
  return devices;
}

}  // namespace

MemoryMap SumMemoryMap(std::string_view smaps,
                       const std::vector<std::string_view>& shared_devices) {
  SmapsReader reader(shared_devices);
  while (!smaps.empty()) reader.Line(TakeLine(&smaps));
  return reader.Finish();
}

model::Result<MemoryMap> ReadMemoryMap(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/smaps";
  const std::vector<std::string> devices = SharedDevices(pid);
  const std::vector<std::string_view> shared_devices(devices.begin(), devices.end());
  SmapsReader reader(shared_devices);
  const double started_s = ThreadCpuSeconds();
  if (auto read = ForEachLine(path, [&reader](std::string_view line) { reader.Line(line); });
      !read) {
    return std::unexpected(read.error());
  }
  MemoryMap map = reader.Finish();
  map.took_s = ThreadCpuSeconds() - started_s;
  if (map.mappings == 0) return model::Fail(model::Errc::kNotFound, path + " is empty");
  return map;
}

}  // namespace seep::proc
