// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/ledger/fault_guard.h"
#include "storage/model/descriptor.h"

namespace seep::ledger {

using model::Errc;
using model::Fail;

std::unexpected<model::Error> Damaged(const std::string& path, const std::string& cause) {
  return Fail(Errc::kCorrupt, "ledger " + path + " is damaged: " + cause);
}

model::Result<MappedFile> MappedFile::Open(const std::string& path, uint64_t least_bytes) {
  // O_NONBLOCK: a FIFO of that name must not hold the reader up.
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.is_open()) return model::FailErrno("ledger " + path);
  struct stat status {};
  if (fstat(fd.get(), &status) != 0) return model::FailErrno("ledger " + path);
  if (!S_ISREG(status.st_mode)) return Damaged(path, "not a regular file");
  if (status.st_size == 0) return Fail(Errc::kBusy, "ledger " + path + " is still being made");
  const auto bytes = static_cast<uint64_t>(status.st_size);
  if (bytes < least_bytes) {
    return Damaged(path, "it has only " + std::to_string(bytes) + " bytes");
  }
  void* base = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return model::FailErrno("mapping ledger " + path);
  MappedFile file;
  file.base_ = static_cast<const char*>(base);
  file.bytes_ = bytes;
  return file;
}

MappedFile::~MappedFile() {
  if (base_ != nullptr) munmap(const_cast<char*>(base_), bytes_);
}

bool MappedFile::Copy(uint64_t offset, uint64_t bytes, Copied* copy) const {
  const uint64_t words = (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t);
  // A damaged header can make a table large for a moment; what that took is given back.
  constexpr uint64_t kKeptWords = 1 << 16;
  if (copy->capacity() > 2 * words + kKeptWords) Copied().swap(*copy);
  copy->resize(words);
  return offset + copy->size() * sizeof(uint64_t) <= bytes_ &&
         GuardedCopy(base_ + offset, copy->data(), copy->size());
}

}  // namespace seep::ledger
