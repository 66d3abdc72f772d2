// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "probes/ledger/fault_guard.h"
#include "storage/model/descriptor.h"

namespace seep::ledger {
namespace {

using model::Errc;
using model::Fail;

constexpr uint64_t kFileWords = kFileBytes / sizeof(uint64_t);
static_assert(kFileBytes % sizeof(uint64_t) == 0);

std::unexpected<model::Error> Damaged(const std::string& path, const std::string& cause) {
  return Fail(Errc::kCorrupt, "ledger " + path + " is damaged: " + cause);
}

template <size_t kCapacity>
std::string BoundedText(const char (&text)[kCapacity]) {
  return std::string(text, strnlen(text, kCapacity));
}

bool IsSection(const Section& section, uint64_t offset, uint64_t capacity, uint64_t entry_bytes) {
  return section.offset == offset && section.capacity == capacity &&
         section.entry_bytes == entry_bytes;
}

// Version 1 has one set of sizes; a file that says otherwise is no version-1 ledger.
bool HasVersion1Sections(const Header& header) {
  return IsSection(header.modules, kModulesOffset, kModuleCapacity, sizeof(Module)) &&
         IsSection(header.stacks, kStacksOffset, kStackCapacity, sizeof(StackSlot)) &&
         IsSection(header.frames, kFramesOffset, kFrameCapacity, sizeof(uint64_t)) &&
         IsSection(header.live_keys, kLiveKeysOffset, kLiveCapacity, sizeof(Word)) &&
         IsSection(header.live_entries, kLiveEntriesOffset, kLiveCapacity, sizeof(LiveEntry));
}

// The copy is plain memory of ours: read as the layout's types with ordinary loads.
template <typename T>
const T* At(const std::vector<uint64_t>& copy, uint64_t offset) {
  return reinterpret_cast<const T*>(reinterpret_cast<const char*>(copy.data()) + offset);
}
uint64_t Load(const Word& word) {
  return word.load(std::memory_order_relaxed);
}

std::string Hexadecimal(const uint8_t* bytes, size_t count) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += kDigits[bytes[i] >> 4];
    text += kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace

model::Result<Reader> Reader::Open(const std::string& path) {
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.is_open()) return model::FailErrno("ledger " + path);
  Reader reader;
  reader.path_ = path;
  if (auto mapped = reader.Map(fd.get()); !mapped) return std::unexpected(mapped.error());
  if (auto checked = reader.CheckHeader(); !checked) return std::unexpected(checked.error());
  return reader;
}

Reader::Reader(Reader&& other) noexcept {
  *this = std::move(other);
}

Reader& Reader::operator=(Reader&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(base_, other.base_);
  std::swap(mapped_bytes_, other.mapped_bytes_);
  std::swap(identity_, other.identity_);
  std::swap(copy_, other.copy_);
  std::swap(is_module_known_, other.is_module_known_);
  std::swap(is_stack_known_, other.is_stack_known_);
  return *this;
}

Reader::~Reader() {
  if (base_ != nullptr) munmap(const_cast<char*>(base_), mapped_bytes_);
}

model::Status Reader::Map(int fd) {
  struct stat file {};
  if (fstat(fd, &file) != 0) return model::FailErrno("ledger " + path_);
  if (!S_ISREG(file.st_mode)) return Damaged(path_, "not a regular file");
  if (file.st_size == 0) return Fail(Errc::kBusy, "ledger " + path_ + " is still being made");
  if (static_cast<uint64_t>(file.st_size) < kFileBytes) {
    return Damaged(path_, "it has " + std::to_string(file.st_size) + " bytes of " +
                              std::to_string(kFileBytes));
  }
  void* base = mmap(nullptr, kFileBytes, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return model::FailErrno("mapping ledger " + path_);
  base_ = static_cast<const char*>(base);
  mapped_bytes_ = kFileBytes;
  copy_.resize(kFileWords);
  is_module_known_.resize(kModuleCapacity);
  is_stack_known_.resize(kStackCapacity);
  return {};
}

model::Status Reader::CheckHeader() {
  if (!GuardedCopy(base_, copy_.data(), kHeaderBytes / sizeof(uint64_t))) {
    return Damaged(path_, "it was cut while being read");
  }
  const Header& header = *At<Header>(copy_, 0);
  constexpr char kUnwritten[sizeof(kMagic)] = {};
  if (std::memcmp(header.magic, kUnwritten, sizeof(kMagic)) == 0) {
    return Fail(Errc::kBusy, "ledger " + path_ + " is still being made");
  }
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    return Fail(Errc::kCorrupt, path_ + " is not a seep ledger");
  }
  if (header.layout_version != kLayoutVersion) {
    return Fail(Errc::kUnsupported,
                "ledger " + path_ + " has layout version " + std::to_string(header.layout_version) +
                    ", this seep reads version " + std::to_string(kLayoutVersion) +
                    "; use the seep of the same release as the probe");
  }
  if (header.header_bytes != sizeof(Header) || header.file_bytes != kFileBytes ||
      !HasVersion1Sections(header)) {
    return Damaged(path_, "its header contradicts its version");
  }
  identity_ = {.pid = header.pid,
               .parent_pid = header.parent_pid,
               .image = header.image,
               .start_ticks = header.start_ticks,
               .run_token = header.run_token,
               .created_monotonic_ns = header.created_monotonic_ns,
               .created_realtime_ns = header.created_realtime_ns,
               .base_interval_bytes = std::max<uint64_t>(header.base_interval_bytes, 1),
               .boot_id = BoundedText(header.boot_id),
               .exe = BoundedText(header.exe)};
  return {};
}

model::Status Reader::CopyTables() {
  const auto copy = [this](uint64_t offset, uint64_t bytes) {
    const uint64_t first = offset / sizeof(uint64_t);
    return GuardedCopy(base_ + offset, copy_.data() + first, bytes / sizeof(uint64_t));
  };
  bool is_whole = copy(0, kHeaderBytes);
  const Header& header = *At<Header>(copy_, 0);
  const uint64_t modules = std::min(Load(header.modules_used), kModuleCapacity);
  const uint64_t stacks = std::min(Load(header.stacks_used), kStackCapacity);
  // Live keys before the counters: a block that is live was counted, or is about to be. The free
  // counters of a slot lie before its alloc counters and are copied first (ledger rule 3).
  is_whole = is_whole && copy(kLiveKeysOffset, kLiveCapacity * sizeof(Word)) &&
             copy(kLiveEntriesOffset, kLiveCapacity * sizeof(LiveEntry)) &&
             copy(kStacksOffset, stacks * sizeof(StackSlot)) &&
             copy(kModulesOffset, modules * sizeof(Module)) &&
             copy(kFramesOffset, kFrameCapacity * sizeof(uint64_t));
  return is_whole ? model::Status{} : Damaged(path_, "it was cut while being read");
}

model::Result<Snapshot> Reader::Read() {
  if (auto copied = CopyTables(); !copied) return std::unexpected(copied.error());
  Snapshot snapshot;
  const Header& header = *At<Header>(copy_, 0);
  snapshot.samples = Load(header.samples);
  snapshot.thinned = Load(header.thinned);
  snapshot.thin_rounds = Load(header.thin_rounds);
  snapshot.interval_bytes = identity_.base_interval_bytes << (Load(header.interval_doublings) & 63);
  for (size_t i = 0; i < kLossCount; ++i) snapshot.losses[i] = Load(header.losses[i]);
  ReadModules(&snapshot);
  ReadStacks(&snapshot);
  ReadLive(&snapshot);
  return snapshot;
}

void Reader::ReadModules(Snapshot* snapshot) {
  const uint64_t used = std::min(Load(At<Header>(copy_, 0)->modules_used), kModuleCapacity);
  const auto* modules = At<Module>(copy_, kModulesOffset);
  for (uint32_t id = 1; id < used; ++id) {
    const Module& module = modules[id];
    if (is_module_known_[id] || Load(module.published) == 0) continue;
    is_module_known_[id] = true;
    const size_t bytes = std::min<size_t>(module.build_id_bytes, sizeof(module.build_id));
    snapshot->new_modules.push_back(
        {id, Hexadecimal(module.build_id, bytes), BoundedText(module.path)});
  }
}

void Reader::ReadStacks(Snapshot* snapshot) {
  const uint64_t used = std::min(Load(At<Header>(copy_, 0)->stacks_used), kStackCapacity);
  const auto* slots = At<StackSlot>(copy_, kStacksOffset);
  const auto* frames = At<uint64_t>(copy_, kFramesOffset);
  for (uint32_t slot = 0; slot < used; ++slot) {
    const StackSlot& stack = slots[slot];
    const uint64_t shape = Load(stack.shape);
    if ((shape & kShapePublished) == 0) continue;
    if (!is_stack_known_[slot]) {
      const uint64_t first = std::min<uint64_t>(ShapeFirstFrame(shape), kFrameCapacity);
      const uint64_t count =
          std::min<uint64_t>({ShapeFrameCount(shape), kMaxFrames, kFrameCapacity - first});
      is_stack_known_[slot] = true;
      snapshot->new_stacks.push_back(
          {slot, ShapeTruncated(shape), {frames + first, frames + first + count}});
    }
    snapshot->counters.push_back(
        {.slot = slot,
         .alloc_bytes = static_cast<double>(Load(stack.alloc_bytes)),
         .alloc_objects = static_cast<double>(Load(stack.alloc_objects_q16)) / 65536.0,
         .free_bytes = static_cast<double>(Load(stack.free_bytes)),
         .free_objects = static_cast<double>(Load(stack.free_objects_q16)) / 65536.0,
         .alloc_samples = Load(stack.alloc_samples)});
  }
}

void Reader::ReadLive(Snapshot* snapshot) {
  const auto* keys = At<Word>(copy_, kLiveKeysOffset);
  const auto* entries = At<LiveEntry>(copy_, kLiveEntriesOffset);
  for (uint64_t place = 0; place < kLiveCapacity; ++place) {
    const uint64_t key = Load(keys[place]);
    const uint64_t meta = Load(entries[place].meta);
    if (key == kLiveEmpty || key == kLiveReserved || meta == kLiveDead) continue;
    const uint32_t slot = LiveStack(meta);
    if (slot >= kStackCapacity || !is_stack_known_[slot]) continue;
    const auto base = static_cast<double>(identity_.base_interval_bytes);
    snapshot->live.push_back(
        {.slot = slot,
         .size_bytes = Load(entries[place].size_bytes),
         .interval_bytes = base * static_cast<double>(uint64_t{1} << (LiveDoublings(meta) & 63)),
         .born_s = static_cast<double>(LiveBirthTicks(meta)) / kBirthTicksPerSecond});
  }
}

}  // namespace seep::ledger
