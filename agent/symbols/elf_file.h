// SPDX-License-Identifier: Apache-2.0
// One ELF file opened for reading: a module, its separate debug file, or an image in memory.
#pragma once

#include <libelf.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/model/error.h"

namespace seep::symbols {

struct DebugLink {
  std::string file_name;
  uint32_t crc = 0;  // of the whole debug file, zlib's crc32
};

struct CodeSection {
  uint64_t low = 0;
  uint64_t high = 0;  // exclusive
};

// Not thread-safe: libelf fills its caches on reads.
class ElfFile {
 public:
  // kNotFound, kIo, kCorrupt (not an ELF file). Content is copied to the heap as it is read, not
  // mapped: `cp` over a mapped library cuts it short, and a read beyond its new end is a SIGBUS.
  // Files above copy_limit_bytes are mapped all the same.
  static model::Result<std::unique_ptr<ElfFile>> Open(const std::string& path,
                                                      uint64_t copy_limit_bytes);
  ~ElfFile();
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  const std::string& path() const { return path_; }
  Elf* elf() const { return elf_; }

  std::string BuildId() const;  // lower-case hexadecimal, empty when there is none
  std::optional<DebugLink> Link() const;
  std::vector<CodeSection> CodeSections() const;  // by address; present in debug files too
  bool HasSection(const char* name) const { return FindSection(name) != nullptr; }
  // The symbols that Fedora and others leave in a stripped file (.gnu_debugdata); null without.
  std::unique_ptr<ElfFile> Minidebug() const;

  // Closes the descriptor. What has been read stays; reading more fails.
  void Detach();

 private:
  Elf_Scn* FindSection(const char* name) const;

  ElfFile(std::string path, int fd, Elf* elf) : path_(std::move(path)), fd_(fd), elf_(elf) {}

  std::string path_;
  int fd_;
  Elf* elf_;  // owned
};

std::string ToHex(const void* bytes, size_t length);

}  // namespace seep::symbols
