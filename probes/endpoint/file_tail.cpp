// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/file_tail.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

namespace seep::endpoint {
namespace {

constexpr size_t kRemembered = 64;  // bytes
constexpr size_t kChunk = 256 << 10;

bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

model::Status FileTail::Open() {
  // Without waiting for a writer, should it be a FIFO.
  auto file = std::make_unique<model::Descriptor>(
      open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file->is_open()) {
    if (errno == ENOENT) return model::Fail(model::Errc::kNotFound, path_ + " is not there yet");
    return model::FailErrno(path_);
  }
  struct stat info {};
  if (fstat(file->get(), &info) != 0) return model::FailErrno(path_);
  if (!S_ISREG(info.st_mode)) {
    return model::Fail(model::Errc::kInvalidArgument, path_ + " is no regular file");
  }
  file_ = std::move(file);
  identity_ = info;
  return {};
}

// The same file with another content: truncated, and perhaps as long again by now.
bool FileTail::IsRewritten() const {
  struct stat info {};
  if (fstat(file_->get(), &info) != 0) return false;
  if (static_cast<uint64_t>(info.st_size) < offset_) return true;
  std::string bytes(last_bytes_.size(), '\0');
  const auto from = static_cast<off_t>(offset_ - bytes.size());
  return pread(file_->get(), bytes.data(), bytes.size(), from) ==
             static_cast<ssize_t>(bytes.size()) &&
         bytes != last_bytes_;
}

void FileTail::Begin() {
  offset_ = 0;
  last_bytes_.clear();
  half_line_.clear();
  is_skipping_ = false;
}

model::Result<FileTail::Look> FileTail::Read(uint64_t most_bytes,
                                             const std::function<void(std::string_view)>& line,
                                             const std::function<void()>& restart) {
  Look look;
  const auto begin = [&] {
    if (has_read_) restart();
    Begin();
    has_read_ = true;
  };
  if (!file_) {
    if (auto opened = Open(); !opened) return std::unexpected(opened.error());
    begin();
  } else if (IsRewritten()) {
    begin();
  }
  while (look.bytes < most_bytes) {
    const auto has_more = ReadSome(most_bytes - look.bytes, &look, line);
    if (!has_more) return std::unexpected(has_more.error());
    if (*has_more) continue;
    // At the end of this one. Under its name there may be another by now.
    struct stat now {};
    if (stat(path_.c_str(), &now) == 0 && IsSameFile(now, identity_)) {
      look.is_at_end = true;
      look.modified_at_s =
          static_cast<double>(now.st_mtim.tv_sec) + static_cast<double>(now.st_mtim.tv_nsec) / 1e9;
      break;
    }
    if (!half_line_.empty()) line(half_line_);  // its writer is gone
    file_.reset();
    if (auto opened = Open(); !opened) {
      if (look.bytes > 0) break;  // what was read is worth more; the next look says it
      return std::unexpected(opened.error());
    }
    begin();
  }
  return look;
}

// False: at the end.
model::Result<bool> FileTail::ReadSome(uint64_t most_bytes, Look* look,
                                       const std::function<void(std::string_view)>& line) {
  std::string chunk(std::min<uint64_t>(most_bytes, kChunk), '\0');
  const ssize_t got = pread(file_->get(), chunk.data(), chunk.size(), static_cast<off_t>(offset_));
  if (got < 0 && errno == EINTR) return true;
  if (got < 0) return model::FailErrno(path_);
  if (got == 0) return false;
  chunk.resize(static_cast<size_t>(got));
  look->bytes += chunk.size();
  offset_ += chunk.size();
  last_bytes_ += chunk;
  if (last_bytes_.size() > kRemembered) last_bytes_.erase(0, last_bytes_.size() - kRemembered);
  Split(chunk, look, line);
  return true;
}

void FileTail::Split(std::string_view bytes, Look* look,
                     const std::function<void(std::string_view)>& line) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (!is_skipping_ && half_line_.size() + part.size() > kLongestLine) {
      ++look->too_long;
      half_line_.clear();
      is_skipping_ = true;
    }
    if (end == std::string_view::npos) {
      if (!is_skipping_) half_line_ += part;
      return;
    }
    if (is_skipping_) {
      is_skipping_ = false;
    } else if (half_line_.empty()) {
      line(part);
    } else {
      half_line_ += part;
      line(half_line_);
      half_line_.clear();
    }
  }
}

}  // namespace seep::endpoint
