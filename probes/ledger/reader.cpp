// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/reader.h"

#include <algorithm>
#include <cstring>

namespace seep::ledger {
namespace {

using model::Errc;
using model::Fail;

bool IsSame(const Section& a, const Section& b) {
  return a.offset == b.offset && a.capacity == b.capacity && a.entry_bytes == b.entry_bytes;
}

bool HasSections(const Header& header, const Sections& sections) {
  return header.file_bytes == sections.file_bytes && IsSame(header.modules, sections.modules) &&
         IsSame(header.stacks, sections.stacks) && IsSame(header.frames, sections.frames) &&
         IsSame(header.live, sections.live) && IsSame(header.shards, sections.shards);
}

}  // namespace

model::Result<Reader> Reader::Open(const std::string& path) {
  auto file = MappedFile::Open(path, kHeaderBytes);
  if (!file) return std::unexpected(file.error());
  Reader reader;
  reader.path_ = path;
  reader.file_ = std::move(*file);
  if (auto checked = reader.CheckHeader(); !checked) return std::unexpected(checked.error());
  return reader;
}

model::Status Reader::CheckHeader() {
  if (!file_.Copy(0, kHeaderBytes, &tables_.header))
    return Damaged(path_, "it was cut while being read");
  const Header& header = *As<Header>(tables_.header);
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
  const bool has_known_bytes =
      header.header_bytes >= kLeastHeaderBytes && header.header_bytes <= kHeaderBytes;
  if (!has_known_bytes || !HasSections(header, sections_)) {
    return Damaged(path_, "its header contradicts its version");
  }
  if (file_.bytes() < sections_.file_bytes) {
    return Damaged(path_, "it has " + std::to_string(file_.bytes()) + " bytes of " +
                              std::to_string(sections_.file_bytes));
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
  snapshots_ = SnapshotReader(sections_, identity_.base_interval_bytes);
  return {};
}

model::Result<Snapshot> Reader::Read() {
  if (!tables_.CopyFrom(file_, sections_)) return Damaged(path_, "it was cut while being read");
  return snapshots_.Read(tables_);
}

Reader::Glance Reader::GlanceAtHeader() {
  if (!file_.Copy(0, kHeaderBytes, &tables_.header)) return {};
  const Header& header = *As<Header>(tables_.header);
  return {.populated_bytes = std::min(Load(header.populated_bytes), sections_.file_bytes),
          .allocator = static_cast<Allocator>(Load(header.allocator)),
          .allocator_in_use_bytes = Load(header.allocator_in_use_bytes),
          .allocator_held_bytes = Load(header.allocator_held_bytes),
          .allocator_mapped_bytes = Load(header.allocator_mapped_bytes),
          .allocator_asked_ticks = Load(header.allocator_asked_ticks)};
}

double Reader::LastSampleSeconds() {
  if (!file_.Copy(0, kHeaderBytes, &tables_.header)) return 0;
  const auto ticks = static_cast<uint32_t>(Load(As<Header>(tables_.header)->last_sample_ticks));
  return static_cast<double>(ticks) / kBirthTicksPerSecond;
}

}  // namespace seep::ledger
