// SPDX-License-Identifier: Apache-2.0
#include "agent/watch/elf_program.h"

#include <fcntl.h>
#include <gelf.h>

#include <array>
#include <memory>
#include <string_view>

#include "storage/model/descriptor.h"

namespace seep::agent {
namespace {

constexpr std::array<std::string_view, 5> kSanitizers{"libasan.so", "libtsan.so", "libmsan.so",
                                                      "liblsan.so", "libclang_rt."};

// The loader that the program asks for; empty: it is linked statically.
std::string_view LoaderOf(Elf* elf) {
  size_t count = 0;
  elf_getphdrnum(elf, &count);
  for (size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(elf, static_cast<int>(i), &segment) == nullptr ||
        segment.p_type != PT_INTERP) {
      continue;
    }
    size_t bytes = 0;
    const char* file = elf_rawfile(elf, &bytes);
    if (file == nullptr || segment.p_offset >= bytes) return "unreadable";
    const std::string_view rest(file + segment.p_offset, bytes - segment.p_offset);
    return rest.substr(0, rest.find('\0'));
  }
  return {};
}

bool IsSanitizer(const char* library) {
  if (library == nullptr) return false;
  for (const std::string_view name : kSanitizers) {
    if (std::string_view(library).starts_with(name)) return true;
  }
  return false;
}

bool NeedsSanitizer(Elf* elf) {
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(elf, section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != SHT_DYNAMIC) continue;
    Elf_Data* entries = elf_getdata(section, nullptr);
    GElf_Dyn entry;
    for (int i = 0; gelf_getdyn(entries, i, &entry) != nullptr && entry.d_tag != DT_NULL; ++i) {
      if (entry.d_tag == DT_NEEDED &&
          IsSanitizer(elf_strptr(elf, header.sh_link, entry.d_un.d_val))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

std::string ProbeObstacleOf(const std::string& path) {
  const model::Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open() || elf_version(EV_CURRENT) == EV_NONE) return "";
  const std::unique_ptr<Elf, int (*)(Elf*)> elf(elf_begin(fd.get(), ELF_C_READ, nullptr), &elf_end);
  GElf_Ehdr header;
  if (elf == nullptr || elf_kind(elf.get()) != ELF_K_ELF ||
      gelf_getehdr(elf.get(), &header) == nullptr) {
    return "";  // a script, or for binfmt_misc: the probe tells by its ledger
  }
  if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64) {
    return "not an x86-64 program";
  }
  const std::string_view loader = LoaderOf(elf.get());
  if (loader.empty()) return "statically linked";
  // musl's loader ends a program whose preload needs what only glibc has.
  if (loader.find("ld-musl") != std::string_view::npos) return "linked with musl";
  return NeedsSanitizer(elf.get()) ? "built with a sanitizer" : "";
}

}  // namespace seep::agent
