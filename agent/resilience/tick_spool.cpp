// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/tick_spool.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

namespace seep::resilience {
namespace {

namespace fs = std::filesystem;

constexpr size_t kKeyDigits = 16;
constexpr size_t kNumberDigits = 6;
constexpr int kMostAttempts = 3;  // at a name for a file

std::string SegmentPath(const std::string& prefix, uint64_t key, unsigned number) {
  std::array<char, 40> suffix{};
  std::snprintf(suffix.data(), suffix.size(), "-%016lx-%06u", static_cast<unsigned long>(key),
                number);
  return prefix + suffix.data();
}

bool IsSegmentName(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return false;
  name.remove_prefix(prefix.size());
  if (name.size() != 2 + kKeyDigits + kNumberDigits) return false;
  if (name[0] != '-' || name[1 + kKeyDigits] != '-') return false;
  return name.find_first_not_of("-0123456789abcdef") == std::string_view::npos;
}

// Which process wrote it.
std::string KeyOf(const std::string& path) {
  return path.substr(path.size() - kNumberDigits - 1 - kKeyDigits, kKeyDigits);
}

// By process, then by age.
std::vector<std::string> ListSegments(const std::string& prefix) {
  std::vector<std::string> paths;
  const fs::path whole(prefix);
  const fs::path folder = whole.has_parent_path() ? whole.parent_path() : fs::path(".");
  std::error_code failure;
  for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
       entry.increment(failure)) {
    const std::string name = entry->path().filename();
    if (IsSegmentName(name, whole.filename().native())) paths.push_back(entry->path());
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

TickSpool::TickSpool(SpoolSettings settings) : settings_(std::move(settings)) {
  if (!settings_.path_prefix.empty()) Adopt();
}

void TickSpool::Adopt() {
  for (const std::string& path : ListSegments(settings_.path_prefix)) {
    auto segment = SpoolSegment::Adopt(path, &counts_.left);
    if (!segment) {
      const bool is_of_the_living = segment.error().code == model::Errc::kBusy;
      counts_.unreadable_files += is_of_the_living ? 0 : 1;
      continue;
    }
    if (segment->frames().empty()) {
      segment->Remove();
      continue;
    }
    if (!segments_.empty() && KeyOf(segments_.back().path()) == KeyOf(path)) {
      const uint64_t expected = segments_.back().frames().back().sequence + 1;
      const uint64_t found = segment->frames().front().sequence;
      if (found > expected) counts_.left.missing_ticks += found - expected;
    }
    for (const Frame& frame : segment->frames()) ++runs_[frame.run].waiting;
    counts_.adopted += segment->frames().size();
    segments_.push_back(std::move(*segment));
  }
}

void TickSpool::Push(const SpooledTick& spooled) {
  ring_.push_back({next_sequence_++, spooled.run, Encode(spooled)});
  ring_bytes_ += ring_.back().payload.size();
  ++runs_[spooled.run].waiting;
  while (ring_.size() > settings_.ring_ticks || ring_bytes_ > settings_.ring_bytes) {
    if (SpillOldest()) continue;
    ++counts_.dropped;
    Lose(ring_.front().run);
    DropRingFront();
  }
}

std::optional<SpooledTick> TickSpool::Front() {
  while (!segments_.empty()) {
    const auto payload = segments_.front().ReadFirst();
    if (payload) {
      if (auto spooled = Decode(*payload)) return std::move(*spooled);
    }
    ++counts_.damaged;
    Lose(segments_.front().frames().front().run);
    segments_.front().DropFirst();
    RemoveTaken();
  }
  while (!ring_.empty()) {
    if (auto spooled = Decode(ring_.front().payload)) return std::move(*spooled);
    ++counts_.damaged;
    Lose(ring_.front().run);
    DropRingFront();
  }
  return std::nullopt;
}

void TickSpool::Pop() {
  if (!segments_.empty()) {
    --runs_[segments_.front().frames().front().run].waiting;
    segments_.front().DropFirst();
    RemoveTaken();
  } else if (!ring_.empty()) {
    --runs_[ring_.front().run].waiting;
    DropRingFront();
  }
}

bool TickSpool::Persist() {
  while (!ring_.empty()) {
    if (!SpillOldest()) return false;
  }
  return true;
}

uint64_t TickSpool::file_bytes() const {
  uint64_t bytes = 0;
  for (const SpoolSegment& segment : segments_) bytes += segment.file_bytes();
  return bytes;
}

uint64_t TickSpool::waiting(model::RunId run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? 0 : found->second.waiting;
}

uint64_t TickSpool::lost(model::RunId run) const {
  const auto found = runs_.find(run);
  return found == runs_.end() ? 0 : found->second.lost;
}

bool TickSpool::SpillOldest() {
  if (settings_.path_prefix.empty()) return false;
  const Encoded& oldest = ring_.front();
  if (!MakeRoom(SpoolSegment::FrameBytes(oldest.payload))) return false;
  SpoolSegment* segment = WritableSegment();
  if (segment == nullptr) {
    ++counts_.write_failures;
    return false;
  }
  const auto appended = segment->Append(oldest.sequence, oldest.run, oldest.payload);
  RemoveTaken();  // a new file that did not take it
  if (!appended) {
    ++counts_.write_failures;
    return false;
  }
  ++counts_.spilled;
  DropRingFront();
  return true;
}

SpoolSegment* TickSpool::WritableSegment() {
  if (is_last_ours_ && segments_.back().file_bytes() < settings_.segment_bytes) {
    return &segments_.back();
  }
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    auto created =
        SpoolSegment::Create(SegmentPath(settings_.path_prefix, settings_.key, next_number_++));
    if (!created) continue;
    segments_.push_back(std::move(*created));
    is_last_ours_ = true;
    return &segments_.back();
  }
  return nullptr;
}

bool TickSpool::MakeRoom(uint64_t frame_bytes) {
  const uint64_t needed = frame_bytes + SpoolSegment::kFileHeaderBytes;
  if (needed > settings_.file_bytes) return false;
  while (file_bytes() + needed > settings_.file_bytes) DropOldestSegment();
  return true;
}

void TickSpool::DropOldestSegment() {
  for (const Frame& frame : segments_.front().frames()) {
    ++counts_.dropped;
    Lose(frame.run);
  }
  segments_.front().Remove();
  segments_.pop_front();
  is_last_ours_ = is_last_ours_ && !segments_.empty();
}

void TickSpool::RemoveTaken() {
  while (!segments_.empty() && segments_.front().frames().empty()) {
    segments_.front().Remove();
    segments_.pop_front();
  }
  is_last_ours_ = is_last_ours_ && !segments_.empty();
}

void TickSpool::DropRingFront() {
  ring_bytes_ -= ring_.front().payload.size();
  ring_.pop_front();
}

void TickSpool::Lose(model::RunId run) {
  --runs_[run].waiting;
  ++runs_[run].lost;
}

}  // namespace seep::resilience
