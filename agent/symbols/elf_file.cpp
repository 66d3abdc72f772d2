// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/elf_file.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace seep::symbols {
namespace {

bool WriteAll(int fd, const char* bytes, size_t length) {
  while (length > 0) {
    const ssize_t written = ::write(fd, bytes, length);
    if (written <= 0) return false;
    bytes += written;
    length -= static_cast<size_t>(written);
  }
  return true;
}

}  // namespace

std::string ToHex(const void* bytes, size_t length) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < length; ++i) {
    const auto byte = static_cast<const unsigned char*>(bytes)[i];
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

model::Result<std::unique_ptr<ElfFile>> ElfFile::Open(const std::string& path,
                                                      uint64_t copy_limit_bytes) {
  elf_version(EV_CURRENT);
  // Non-blocking: the path comes from another process and may name a FIFO or a device by now.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) return model::FailErrno(path);
  struct stat status;
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(fd);
    return model::Fail(model::Errc::kCorrupt, path + ": not a regular file");
  }
  const bool copies = static_cast<uint64_t>(status.st_size) <= copy_limit_bytes;
  Elf* elf = elf_begin(fd, copies ? ELF_C_READ : ELF_C_READ_MMAP, nullptr);
  std::unique_ptr<ElfFile> file(new ElfFile(path, fd, elf));
  if (elf == nullptr || elf_kind(elf) != ELF_K_ELF) {
    return model::Fail(model::Errc::kCorrupt, path + ": not an ELF file");
  }
  return file;
}

ElfFile::~ElfFile() {
  elf_end(elf_);
  if (fd_ >= 0) ::close(fd_);
}

void ElfFile::Detach() {
  if (fd_ < 0) return;
  elf_cntl(elf_, ELF_C_FDDONE);
  ::close(fd_);
  fd_ = -1;
}

std::string ElfFile::BuildId() const {
  const void* bytes = nullptr;
  const ssize_t length = dwelf_elf_gnu_build_id(elf_, &bytes);
  return length > 0 ? ToHex(bytes, static_cast<size_t>(length)) : std::string();
}

std::optional<DebugLink> ElfFile::Link() const {
  GElf_Word crc = 0;
  const char* name = dwelf_elf_gnu_debuglink(elf_, &crc);
  // A file name only: a link that leaves its folder is not one that objcopy writes.
  if (name == nullptr || *name == '\0' || std::strchr(name, '/') != nullptr) return std::nullopt;
  return DebugLink{name, crc};
}

std::vector<CodeSection> ElfFile::CodeSections() const {
  std::vector<CodeSection> sections;
  for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr;
       section = elf_nextscn(elf_, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if ((header.sh_flags & SHF_EXECINSTR) != 0 && header.sh_size > 0) {
      sections.push_back({header.sh_addr, header.sh_addr + header.sh_size});
    }
  }
  std::sort(sections.begin(), sections.end(),
            [](const CodeSection& a, const CodeSection& b) { return a.low < b.low; });
  return sections;
}

Elf_Scn* ElfFile::FindSection(const char* name) const {
  size_t names = 0;
  if (elf_getshdrstrndx(elf_, &names) != 0) return nullptr;
  for (Elf_Scn* section = elf_nextscn(elf_, nullptr); section != nullptr;
       section = elf_nextscn(elf_, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    const char* found = elf_strptr(elf_, names, header.sh_name);
    if (found != nullptr && std::strcmp(found, name) == 0) return section;
  }
  return nullptr;
}

std::unique_ptr<ElfFile> ElfFile::Minidebug() const {
  Elf_Scn* section = FindSection(".gnu_debugdata");
  const Elf_Data* packed = section != nullptr ? elf_rawdata(section, nullptr) : nullptr;
  if (packed == nullptr || packed->d_buf == nullptr) return nullptr;
  // dwelf_elf_begin unpacks xz, but only from a descriptor.
  const int fd = ::memfd_create("gnu_debugdata", MFD_CLOEXEC);
  if (fd < 0) return nullptr;
  Elf* elf = WriteAll(fd, static_cast<const char*>(packed->d_buf), packed->d_size)
                 ? dwelf_elf_begin(fd)
                 : nullptr;
  std::unique_ptr<ElfFile> file(new ElfFile(path_, fd, elf));
  return elf != nullptr && elf_kind(elf) == ELF_K_ELF ? std::move(file) : nullptr;
}

}  // namespace seep::symbols
