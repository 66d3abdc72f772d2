// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/file_image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>

#include "storage/model/descriptor.h"
#include "tests/fuzz/expect.h"

namespace seep::fuzz {
namespace {

constexpr uint64_t kPage = 4096;
constexpr uint64_t kLongestRange = 2 * kPage;
constexpr uint64_t kLongestExtension = 16 * kPage;

// What code that reads counts, sizes and offsets trips over.
uint64_t Interesting(Random& random) {
  constexpr std::array<uint64_t, 12> kWords{0,          1,          0x7f,       0xffff,
                                            0x10000,    0x7fffffff, 0x80000000, 0xffffffff,
                                            1ULL << 48, 1ULL << 62, 1ULL << 63, ~0ULL};
  switch (Below(random, 4)) {
    case 0:
      return random();
    case 1:
      return random() >> Below(random, 64);
    default:
      return kWords[Below(random, kWords.size())] + Below(random, 3) - 1;
  }
}

void ChangeWord(Random& random, std::string* bytes, uint64_t at) {
  constexpr std::array<uint64_t, 4> kWidths{1, 2, 4, 8};
  const uint64_t width = std::min(kWidths[Below(random, 4)], bytes->size() - at);
  const uint64_t aligned = at - at % width;
  const uint64_t word = Interesting(random);
  std::memcpy(bytes->data() + aligned, &word, std::min(width, bytes->size() - aligned));
}

void ChangeRange(Random& random, std::string* bytes, uint64_t at) {
  const uint64_t length = std::min(1 + Below(random, kLongestRange), bytes->size() - at);
  const auto begin = bytes->begin() + static_cast<ptrdiff_t>(at);
  const auto end = begin + static_cast<ptrdiff_t>(length);
  switch (Below(random, 3)) {
    case 0:
      std::fill(begin, end, static_cast<char>(Below(random, 2) == 0 ? 0 : 0xff));
      break;
    case 1:
      std::generate(begin, end, [&random] { return static_cast<char>(random()); });
      break;
    default: {
      const std::string other = bytes->substr(Below(random, bytes->size()), length);
      std::copy(other.begin(), other.end(), begin);
    }
  }
}

void SwapPages(Random& random, std::string* bytes) {
  const uint64_t pages = bytes->size() / kPage;
  if (pages < 2) return;
  const auto page = [&](uint64_t number) {
    return bytes->begin() + static_cast<ptrdiff_t>(number * kPage);
  };
  const uint64_t one = Below(random, pages);
  const uint64_t other = Below(random, pages);
  if (one != other) std::swap_ranges(page(one), page(one) + kPage, page(other));
}

void MutateOnce(Random& random, std::string* bytes) {
  if (bytes->empty()) return;
  const bool is_header = Below(random, 3) == 0;
  const uint64_t at =
      Below(random, is_header ? std::min<uint64_t>(bytes->size(), kPage / 2) : bytes->size());
  switch (Below(random, 8)) {
    case 0:
    case 1:
      (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << Below(random, 8)));
      break;
    case 2:
    case 3:
    case 4:
      ChangeWord(random, bytes, at);
      break;
    case 5:
    case 6:
      ChangeRange(random, bytes, at);
      break;
    default:
      SwapPages(random, bytes);
  }
}

// Weighted by their lengths, the first one beyond that.
FileImage::Extent& ChooseExtent(Random& random, FileImage* image) {
  if (Below(random, 4) == 0) return image->extents.front();
  uint64_t all = 0;
  for (const auto& extent : image->extents) all += extent.bytes.size();
  uint64_t at = Below(random, all);
  for (auto& extent : image->extents) {
    if (at < extent.bytes.size()) return extent;
    at -= extent.bytes.size();
  }
  return image->extents.back();
}

}  // namespace

FileImage FileImage::Load(const std::string& path) {
  FileImage image;
  image.name = std::filesystem::path(path).filename();
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Expect(fd.is_open(), "a seed that can be read");
  struct stat status {};
  fstat(fd.get(), &status);
  image.file_bytes = static_cast<uint64_t>(status.st_size);
  for (off_t at = 0; (at = lseek(fd.get(), at, SEEK_DATA)) >= 0;) {
    const off_t end = lseek(fd.get(), at, SEEK_HOLE);
    std::string bytes(static_cast<size_t>(end - at), '\0');
    const ssize_t got = pread(fd.get(), bytes.data(), bytes.size(), at);
    Expect(got == static_cast<ssize_t>(bytes.size()), "a seed that can be read");
    image.extents.push_back({static_cast<uint64_t>(at), std::move(bytes)});
    at = end;
  }
  return image;
}

void FileImage::Store(const std::string& path) const {
  const model::Descriptor fd(open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  Expect(fd.is_open(), "a folder that can be written");
  Expect(ftruncate(fd.get(), static_cast<off_t>(file_bytes)) == 0, "room for the file");
  for (const Extent& extent : extents) {
    if (extent.offset >= file_bytes) continue;  // cut off
    const uint64_t length = std::min<uint64_t>(extent.bytes.size(), file_bytes - extent.offset);
    const ssize_t put =
        pwrite(fd.get(), extent.bytes.data(), length, static_cast<off_t>(extent.offset));
    Expect(put == static_cast<ssize_t>(length), "room for the file");
  }
}

void Mutate(Random& random, std::string* bytes) {
  for (uint64_t left = 1 + (random() & random() & 15); left > 0; --left) MutateOnce(random, bytes);
}

void Mutate(Random& random, FileImage* image) {
  for (uint64_t left = 1 + (random() & random() & 15); left > 0 && !image->extents.empty();
       --left) {
    MutateOnce(random, &ChooseExtent(random, image).bytes);
  }
  switch (Below(random, 12)) {
    case 0:
      image->file_bytes = Below(random, image->file_bytes + 1);
      break;
    case 1:
      image->file_bytes += Below(random, kLongestExtension);
      break;
    default:
      break;
  }
}

}  // namespace seep::fuzz
