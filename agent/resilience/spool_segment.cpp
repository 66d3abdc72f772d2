// SPDX-License-Identifier: Apache-2.0
#include "agent/resilience/spool_segment.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "agent/resilience/crc32c.h"
#include "agent/resilience/tick_codec.h"

namespace seep::resilience {
namespace {

using model::Errc;
using model::Fail;

constexpr std::string_view kFileMagic = "seepspl1";
static_assert(kFileMagic.size() == SpoolSegment::kFileHeaderBytes);
constexpr uint32_t kFrameMagic = 0x4b434954;  // "TICK"
constexpr size_t kChecked = 12;               // what the checksum begins with

struct Header {
  uint32_t magic = kFrameMagic;
  uint32_t payload_bytes = 0;
  uint32_t checksum = 0;
  uint32_t version = kTickCodecVersion;
  uint64_t sequence = 0;
  int64_t run = 0;
};
static_assert(sizeof(Header) == 32);
static_assert(std::endian::native == std::endian::little);

// The frame that `bytes` begins with, if it is whole.
std::optional<Header> ParseFrame(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof(header)) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header.magic != kFrameMagic) return std::nullopt;
  if (header.payload_bytes > bytes.size() - sizeof(header)) return std::nullopt;
  const auto checked =
      bytes.substr(kChecked, sizeof(header) - kChecked + size_t{header.payload_bytes});
  if (Crc32c(checked) != header.checksum) return std::nullopt;
  return header;
}

std::string FormatFrame(uint64_t sequence, model::RunId run, std::string_view payload) {
  Header header;
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  header.sequence = sequence;
  header.run = static_cast<int64_t>(run);
  std::string frame(sizeof(header), '\0');
  frame += payload;
  std::memcpy(frame.data(), &header, sizeof(header));
  header.checksum = Crc32c(std::string_view(frame).substr(kChecked));
  std::memcpy(frame.data(), &header, sizeof(header));
  return frame;
}

bool WriteAll(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<size_t>(written);
  }
  return true;
}

// Fewer when the file ends before.
model::Result<std::string> ReadAt(int fd, const std::string& path, uint64_t offset, size_t length) {
  std::string bytes(length, '\0');
  size_t got = 0;
  while (got < length) {
    const ssize_t part =
        pread(fd, bytes.data() + got, length - got, static_cast<off_t>(offset + got));
    if (part < 0 && errno == EINTR) continue;
    if (part < 0) return model::FailErrno(path);
    if (part == 0) break;
    got += static_cast<size_t>(part);
  }
  bytes.resize(got);
  return bytes;
}

uint64_t CountMissing(const std::deque<Frame>& frames) {
  if (frames.empty()) return 0;
  return frames.back().sequence - frames.front().sequence + 1 - frames.size();
}

}  // namespace

SpoolSegment::SpoolSegment(std::string path, int fd)
    : path_(std::move(path)), file_(std::make_unique<model::Descriptor>(fd)) {}

model::Status SpoolSegment::Hold() const {
  if (flock(file_->get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return model::FailErrno(path_);
  return Fail(Errc::kBusy, path_ + " is the spool of another seep that is running");
}

model::Result<SpoolSegment> SpoolSegment::Create(const std::string& path) {
  SpoolSegment segment(
      path, open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!segment.file_->is_open()) return model::FailErrno(path);
  if (auto held = segment.Hold(); !held) return std::unexpected(held.error());
  if (!WriteAll(segment.file_->get(), kFileMagic, 0)) {
    auto failure = model::FailErrno(path);
    segment.Remove();
    return failure;
  }
  segment.end_ = kFileMagic.size();
  return segment;
}

model::Result<SpoolSegment> SpoolSegment::Adopt(const std::string& path, SpoolDamage* damage) {
  SpoolSegment segment(path, open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!segment.file_->is_open()) return model::FailErrno(path);
  if (auto held = segment.Hold(); !held) return std::unexpected(held.error());
  struct stat info {};
  if (fstat(segment.file_->get(), &info) != 0) return model::FailErrno(path);
  const auto whole = ReadAt(segment.file_->get(), path, 0, static_cast<size_t>(info.st_size));
  if (!whole) return std::unexpected(whole.error());
  const std::string_view bytes(*whole);
  // Killed while it made the file: nothing was in it.
  const size_t begun = std::min(bytes.size(), kFileMagic.size());
  if (bytes.substr(0, begun) != kFileMagic.substr(0, begun)) {
    return Fail(Errc::kCorrupt, path + " is not a spool of seep and is left as it is");
  }
  size_t good_end = begun;
  for (size_t at = begun; at < bytes.size();) {
    const auto header = ParseFrame(bytes.substr(at));
    if (!header) {
      // Somewhere behind it there may be a whole one.
      const char first = static_cast<char>(kFrameMagic & 0xff);
      at = std::min(bytes.find(first, at + 1), bytes.size());
      continue;
    }
    if (at != good_end) ++damage->damaged_parts;
    if (header->version != kTickCodecVersion) {
      return Fail(Errc::kUnsupported, path + " is of another version of seep and is left as it is");
    }
    segment.frames_.push_back(
        {header->sequence, model::RunId{header->run}, header->payload_bytes, at});
    at += sizeof(Header) + header->payload_bytes;
    good_end = at;
  }
  segment.SortFrames();
  damage->missing_ticks += CountMissing(segment.frames_);
  segment.end_ = good_end;
  if (good_end < bytes.size()) {
    ++damage->torn_tails;
    if (ftruncate(segment.file_->get(), static_cast<off_t>(good_end)) != 0) {
      return model::FailErrno(path);
    }
  }
  return segment;
}

// A damaged disk may show a block twice.
void SpoolSegment::SortFrames() {
  std::ranges::stable_sort(frames_, {}, &Frame::sequence);
  const auto repeated = std::ranges::unique(frames_, {}, &Frame::sequence);
  frames_.erase(repeated.begin(), repeated.end());
}

model::Status SpoolSegment::Append(uint64_t sequence, model::RunId run, std::string_view payload) {
  const std::string frame = FormatFrame(sequence, run, payload);
  if (!WriteAll(file_->get(), frame, end_)) {
    auto failure = model::FailErrno(path_);
    // Should this fail as well: the next frame is written over it, or the reader cuts it off.
    [[maybe_unused]] const int ignored = ftruncate(file_->get(), static_cast<off_t>(end_));
    return failure;
  }
  frames_.push_back({sequence, run, static_cast<uint32_t>(payload.size()), end_});
  end_ += frame.size();
  return {};
}

model::Result<std::string> SpoolSegment::ReadFirst() const {
  const Frame& frame = frames_.front();
  auto bytes = ReadAt(file_->get(), path_, frame.offset, sizeof(Header) + frame.payload_bytes);
  if (!bytes) return bytes;
  const auto header = ParseFrame(*bytes);
  if (!header || header->sequence != frame.sequence) {
    return Fail(Errc::kCorrupt,
                path_ + ": damaged (a tick at byte " + std::to_string(frame.offset) + ")");
  }
  return bytes->substr(sizeof(Header));
}

uint64_t SpoolSegment::FrameBytes(std::string_view payload) {
  return sizeof(Header) + payload.size();
}

void SpoolSegment::Remove() const {
  unlink(path_.c_str());
}

}  // namespace seep::resilience
