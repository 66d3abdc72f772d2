// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/static_allocator.h"

#include <gelf.h>
#include <sys/stat.h>

#include <array>
#include <map>
#include <string_view>
#include <tuple>

#include "agent/symbols/elf_file.h"

namespace seep::symbols {
namespace {

// Only read in part: headers and the tables of symbols.
constexpr uint64_t kCopyLimit_bytes = uint64_t{1} << 30;

struct Mark {
  std::string_view symbol;
  std::string_view allocator;
};
// Functions that each of them has in every build. Prefixes are those of jemalloc's own configure,
// of Rust's tikv-jemallocator (unprefixed or not), and of FreeBSD's way of renaming.
constexpr std::array kMarks{
    Mark{"je_malloc", "jemalloc"},
    Mark{"je_mallocx", "jemalloc"},
    Mark{"_rjem_malloc", "jemalloc"},
    Mark{"_rjem_mallocx", "jemalloc"},
    Mark{"je_arena_malloc_hard", "jemalloc"},
    Mark{"_rjem_je_arena_malloc_hard", "jemalloc"},
    Mark{"mi_malloc", "mimalloc"},
    Mark{"_mi_malloc_generic", "mimalloc"},
    Mark{"tc_malloc", "tcmalloc"},
    Mark{"TCMallocInternalMalloc", "tcmalloc"},
    Mark{"sn_malloc", "snmalloc"},
    Mark{"sn_rust_alloc", "snmalloc"},
    Mark{"rpmalloc", "rpmalloc"},
    Mark{"dlmalloc", "dlmalloc"},
    Mark{"scudo_malloc", "scudo"},
    Mark{"_int_malloc", "the C library's malloc"},
    Mark{"runtime.mallocgc", "Go's heap"},
};

struct Found {
  bool exports_malloc = false;
  std::string_view allocator;
};

void LookThrough(Elf* elf, Elf_Scn* section, const GElf_Shdr& header, Found* found) {
  Elf_Data* content = elf_getdata(section, nullptr);
  if (content == nullptr || header.sh_entsize == 0) return;
  const size_t entries = content->d_size / header.sh_entsize;
  for (size_t i = 0; i < entries; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(content, static_cast<int>(i), &symbol) == nullptr) return;
    if (symbol.st_shndx == SHN_UNDEF || GELF_ST_TYPE(symbol.st_info) != STT_FUNC) continue;
    const char* text = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (text == nullptr) continue;
    const std::string_view name = text;
    if (header.sh_type == SHT_DYNSYM && name == "malloc") found->exports_malloc = true;
    for (const Mark& mark : kMarks) {
      if (name == mark.symbol) found->allocator = mark.allocator;
    }
  }
}

std::string Look(const std::string& path) {
  const auto file = ElfFile::Open(path, kCopyLimit_bytes);
  if (!file) return "";
  Found found;
  Elf* elf = (*file)->elf();
  for (Elf_Scn* section = elf_nextscn(elf, nullptr); section != nullptr;
       section = elf_nextscn(elf, section)) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) {
      LookThrough(elf, section, header, &found);
    }
  }
  return found.exports_malloc ? "" : std::string(found.allocator);
}

}  // namespace

std::string StaticAllocatorOf(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  static std::map<std::tuple<dev_t, ino_t, time_t>, std::string> known;
  const auto [entry, is_new] =
      known.try_emplace({status.st_dev, status.st_ino, status.st_mtim.tv_sec});
  if (is_new) entry->second = Look(path);
  return entry->second;
}

}  // namespace seep::symbols
