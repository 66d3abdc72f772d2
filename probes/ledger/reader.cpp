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

std::unexpected<model::Error> Damaged(const std::string& path, const std::string& cause) {
  return Fail(Errc::kCorrupt, "ledger " + path + " is damaged: " + cause);
}

template <size_t kCapacity>
std::string BoundedText(const char (&text)[kCapacity]) {
  return std::string(text, strnlen(text, kCapacity));
}

bool IsSame(const Section& a, const Section& b) {
  return a.offset == b.offset && a.capacity == b.capacity && a.entry_bytes == b.entry_bytes;
}

bool HasSections(const Header& header, const Sections& sections) {
  return header.file_bytes == sections.file_bytes && IsSame(header.modules, sections.modules) &&
         IsSame(header.stacks, sections.stacks) && IsSame(header.frames, sections.frames) &&
         IsSame(header.live, sections.live) && IsSame(header.shards, sections.shards);
}

// The copies are plain memory of ours: read as the layout's types with ordinary loads.
template <typename T>
const T* As(const std::vector<uint64_t>& copy) {
  return reinterpret_cast<const T*>(copy.data());
}
// Entries of an append-only section that a reader may touch.
uint64_t Load(const Word& word) {
  return word.load(std::memory_order_relaxed);
}

// How much of each table there is, held within its bounds. Beyond lie pages that do not exist:
// reading them would make them.
struct Extent {
  uint64_t modules, stacks, frames, live, shards;
};
Extent ExtentOf(const Header& header, const Sections& sections) {
  const auto count = [](const Word& used, const Word& ready, const Section& section) {
    return std::min({Load(used), Load(ready), section.capacity});
  };
  return {.modules = count(header.modules_used, header.modules_ready, sections.modules),
          .stacks = count(header.stacks_used, header.stacks_ready, sections.stacks),
          .frames = count(header.frames_used, header.frames_ready, sections.frames),
          .live = count(header.live_used, header.live_ready, sections.live),
          .shards = std::min(Load(header.shards_ready), sections.shards.capacity)};
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
  // O_NONBLOCK: a FIFO of that name must not hold the reader up.
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
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
  std::swap(sections_, other.sections_);
  std::swap(header_, other.header_);
  std::swap(modules_, other.modules_);
  std::swap(stacks_, other.stacks_);
  std::swap(frames_, other.frames_);
  std::swap(live_, other.live_);
  std::swap(shards_, other.shards_);
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
  const auto bytes = static_cast<uint64_t>(file.st_size);
  if (bytes < kHeaderBytes) {
    return Damaged(path_, "it has only " + std::to_string(bytes) + " bytes");
  }
  void* base = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (base == MAP_FAILED) return model::FailErrno("mapping ledger " + path_);
  base_ = static_cast<const char*>(base);
  mapped_bytes_ = bytes;
  return {};
}

bool Reader::Copy(uint64_t offset, uint64_t bytes, Copied* copy) const {
  copy->resize((bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t));
  return offset + copy->size() * sizeof(uint64_t) <= mapped_bytes_ &&
         GuardedCopy(base_ + offset, copy->data(), copy->size());
}

model::Status Reader::CheckHeader() {
  if (!Copy(0, kHeaderBytes, &header_)) return Damaged(path_, "it was cut while being read");
  const Header& header = *As<Header>(header_);
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
  // Two geometries exist; a file that says otherwise is no ledger of this version.
  sections_ =
      SectionsOf(header.stacks.capacity == kSmallGeometry.stacks ? kSmallGeometry : kFullGeometry);
  if (header.header_bytes != sizeof(Header) || !HasSections(header, sections_)) {
    return Damaged(path_, "its header contradicts its version");
  }
  if (mapped_bytes_ < sections_.file_bytes) {
    return Damaged(path_, "it has " + std::to_string(mapped_bytes_) + " bytes of " +
                              std::to_string(sections_.file_bytes));
  }
  is_module_known_.resize(sections_.modules.capacity);
  is_stack_known_.resize(sections_.stacks.capacity);
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
  bool is_whole = Copy(0, kHeaderBytes, &header_);
  const Extent extent = ExtentOf(*As<Header>(header_), sections_);
  // Live entries before the counters: a block that is live was counted, or is about to be. The free
  // counters of a slot lie before its alloc counters and are copied first (ledger rule 3).
  is_whole = is_whole && Copy(sections_.live.offset, extent.live * sizeof(LiveEntry), &live_) &&
             Copy(sections_.shards.offset, extent.shards * sizeof(Shard), &shards_) &&
             Copy(sections_.stacks.offset, extent.stacks * sizeof(StackSlot), &stacks_) &&
             Copy(sections_.modules.offset, extent.modules * sizeof(Module), &modules_) &&
             Copy(sections_.frames.offset, extent.frames * sizeof(uint64_t), &frames_);
  return is_whole ? model::Status{} : Damaged(path_, "it was cut while being read");
}

model::Result<Snapshot> Reader::Read() {
  if (auto copied = CopyTables(); !copied) return std::unexpected(copied.error());
  Snapshot snapshot;
  const Header& header = *As<Header>(header_);
  snapshot.thinned = Load(header.thinned);
  snapshot.thin_rounds = Load(header.thin_rounds);
  const uint64_t doublings = Load(header.thin_doublings) + Load(header.storm_doublings);
  snapshot.interval_bytes = identity_.base_interval_bytes << (doublings & 63);
  for (size_t i = 0; i < kLossCount; ++i) snapshot.losses[i] = Load(header.losses[i]);
  ReadModules(&snapshot);
  ReadStacks(&snapshot);
  AddShards(&snapshot);
  for (const StackCounters& stack : snapshot.counters) {
    snapshot.samples += stack.is_mapping ? 0 : stack.alloc_samples;
  }
  ReadLive(&snapshot);
  return snapshot;
}

uint64_t Reader::PopulatedBytes() {
  if (!Copy(0, kHeaderBytes, &header_)) return 0;
  return std::min(Load(As<Header>(header_)->populated_bytes), sections_.file_bytes);
}

double Reader::LastSampleSeconds() {
  if (!Copy(0, kHeaderBytes, &header_)) return 0;
  const auto ticks = static_cast<uint32_t>(Load(As<Header>(header_)->last_sample_ticks));
  return static_cast<double>(ticks) / kBirthTicksPerSecond;
}

void Reader::ReadModules(Snapshot* snapshot) {
  const uint64_t count = modules_.size() * sizeof(uint64_t) / sizeof(Module);
  const auto* modules = As<Module>(modules_);
  for (uint32_t id = 1; id < count; ++id) {
    const Module& module = modules[id];
    if (is_module_known_[id] || Load(module.published) == 0) continue;
    is_module_known_[id] = true;
    const size_t bytes = std::min<size_t>(module.build_id_bytes, sizeof(module.build_id));
    snapshot->new_modules.push_back(
        {id, Hexadecimal(module.build_id, bytes), BoundedText(module.path)});
  }
}

void Reader::ReadStacks(Snapshot* snapshot) {
  const uint64_t stacks = stacks_.size() * sizeof(uint64_t) / sizeof(StackSlot);
  const auto* slots = As<StackSlot>(stacks_);
  for (uint32_t slot = 0; slot < stacks; ++slot) {
    const StackSlot& stack = slots[slot];
    const uint64_t shape = Load(stack.shape);
    if ((shape & kShapePublished) == 0) continue;
    if (!is_stack_known_[slot]) {
      const uint64_t first = std::min<uint64_t>(ShapeFirstFrame(shape), frames_.size());
      const uint64_t count =
          std::min<uint64_t>({ShapeFrameCount(shape), kMaxFrames, frames_.size() - first});
      is_stack_known_[slot] = true;
      snapshot->new_stacks.push_back(
          {slot,
           ShapeTruncated(shape),
           ShapeMapping(shape) ? model::StackKind::kMapping : model::StackKind::kHeap,
           {frames_.begin() + static_cast<long>(first),
            frames_.begin() + static_cast<long>(first + count)}});
    }
    snapshot->counters.push_back(
        {.slot = slot,
         .is_mapping = ShapeMapping(shape),
         .alloc_bytes = static_cast<double>(Load(stack.alloc_bytes)),
         .alloc_objects = static_cast<double>(Load(stack.alloc_objects_q16)) / 65536.0,
         .free_bytes = static_cast<double>(Load(stack.free_bytes)),
         .free_objects = static_cast<double>(Load(stack.free_objects_q16)) / 65536.0,
         .alloc_samples = Load(stack.alloc_samples)});
  }
}

void Reader::AddShards(Snapshot* snapshot) const {
  // Counters are in the order of their slots; unpublished slots are left out.
  const auto by_slot = [](const StackCounters& counters, uint32_t slot) {
    return counters.slot < slot;
  };
  const uint64_t count = shards_.size() * sizeof(uint64_t) / sizeof(Shard);
  for (const Shard* shard = As<Shard>(shards_); shard < As<Shard>(shards_) + count; ++shard) {
    for (const ShardSlot& counted : shard->slots) {
      const uint64_t number = Load(counted.stack_number);
      if (number == 0 || number > sections_.stacks.capacity) continue;
      const auto slot = static_cast<uint32_t>(number - 1);
      const auto found =
          std::lower_bound(snapshot->counters.begin(), snapshot->counters.end(), slot, by_slot);
      if (found == snapshot->counters.end() || found->slot != slot) continue;
      const auto alloc_samples = Load(counted.alloc_samples);
      found->alloc_bytes += static_cast<double>(Load(counted.alloc_bytes));
      found->alloc_objects += static_cast<double>(alloc_samples);
      found->alloc_samples += alloc_samples;
      found->free_bytes += static_cast<double>(Load(counted.free_bytes));
      found->free_objects += static_cast<double>(Load(counted.free_samples));
    }
  }
}

void Reader::ReadLive(Snapshot* snapshot) {
  const uint64_t count = live_.size() * sizeof(uint64_t) / sizeof(LiveEntry);
  for (const LiveEntry* entry = As<LiveEntry>(live_); entry < As<LiveEntry>(live_) + count;
       ++entry) {
    const uint64_t key = Load(entry->key);
    const uint64_t meta = Load(entry->meta);
    if (key == kLiveEmpty || key == kLiveReserved || meta == kLiveDead) continue;
    const uint32_t slot = LiveStack(meta);
    if (slot >= is_stack_known_.size() || !is_stack_known_[slot]) continue;
    const auto base = static_cast<double>(identity_.base_interval_bytes);
    const uint32_t doublings = LiveDoublings(meta);
    snapshot->live.push_back(
        {.slot = slot,
         .size_bytes = Load(entry->size_bytes),
         .is_mapping = doublings == kLiveExact,
         .interval_bytes = doublings == kLiveExact
                               ? 1.0
                               : base * static_cast<double>(uint64_t{1} << (doublings & 63)),
         .born_s = static_cast<double>(LiveBirthTicks(meta)) / kBirthTicksPerSecond});
  }
}

}  // namespace seep::ledger
