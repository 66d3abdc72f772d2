// SPDX-License-Identifier: Apache-2.0
#include "tests/injector/elf_symbol.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace seep_leak {
namespace {

struct Search {
  const char* library;
  const char* function;
  CodeRanges found;
};

// The whole file, read-only. Every offset taken from it is checked by At().
class MappedFile {
 public:
  explicit MappedFile(const char* path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    struct stat st;
    if (fstat(fd, &st) == 0 && st.st_size > 0) {
      void* map = mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
      if (map != MAP_FAILED) {
        base_ = static_cast<const char*>(map);
        size_bytes_ = static_cast<size_t>(st.st_size);
      }
    }
    close(fd);
  }
  ~MappedFile() {
    if (base_ != nullptr) munmap(const_cast<char*>(base_), size_bytes_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  template <typename T>
  const T* At(uint64_t offset, uint64_t count = 1) const {
    if (offset > size_bytes_ || count > (size_bytes_ - offset) / sizeof(T)) return nullptr;
    return reinterpret_cast<const T*>(base_ + offset);
  }

 private:
  const char* base_ = nullptr;
  size_t size_bytes_ = 0;
};

// Itanium ABI: `Name` is _Z4Name... or, inside scopes, _ZN...4NameE...
bool IsMangled(const char* symbol, const char* function) {
  if (strncmp(symbol, "_Z", 2) != 0) return false;
  char digits[24];
  char* digit = digits + sizeof digits;
  *--digit = 0;
  const size_t length = strlen(function);
  for (size_t rest = length; rest > 0; rest /= 10) *--digit = static_cast<char>('0' + rest % 10);
  const size_t digit_count = strlen(digit);
  for (const char* at = strstr(symbol, digit); at != nullptr; at = strstr(at + 1, digit)) {
    if (strncmp(at + digit_count, function, length) != 0) continue;
    if (at == symbol + 2) return true;
    if (symbol[2] == 'N' && at[digit_count + length] == 'E') return true;
  }
  return false;
}

bool Matches(const char* symbol, const char* function) {
  const size_t length = strlen(function);
  if (strncmp(symbol, function, length) == 0) {
    const char* rest = symbol + length;
    return *rest == 0 || (*rest == '.' && strncmp(rest, ".cold", 5) != 0);
  }
  return IsMangled(symbol, function);
}

void Add(CodeRanges* ranges, CodeRange range) {
  for (size_t i = 0; i < ranges->used; ++i) {
    if (ranges->range[i].begin == range.begin) return;
  }
  if (ranges->used < CodeRanges::kMax) ranges->range[ranges->used++] = range;
}

void SearchTable(const MappedFile& file, const Elf64_Shdr& table, const Elf64_Shdr& names,
                 uintptr_t bias, Search* search) {
  const uint64_t count = table.sh_size / sizeof(Elf64_Sym);
  const auto* symbols = file.At<Elf64_Sym>(table.sh_offset, count);
  const char* text = file.At<char>(names.sh_offset, names.sh_size);
  if (symbols == nullptr || text == nullptr || names.sh_size == 0) return;
  if (text[names.sh_size - 1] != 0) return;
  for (uint64_t i = 0; i < count; ++i) {
    const Elf64_Sym& symbol = symbols[i];
    if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) continue;
    if (symbol.st_size == 0 || symbol.st_name >= names.sh_size) continue;
    if (!Matches(text + symbol.st_name, search->function)) continue;
    Add(&search->found, {bias + symbol.st_value, symbol.st_size});
  }
}

void SearchFile(const char* path, uintptr_t bias, Search* search) {
  const MappedFile file(path);
  const auto* header = file.At<Elf64_Ehdr>(0);
  if (header == nullptr || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) return;
  const auto* sections = file.At<Elf64_Shdr>(header->e_shoff, header->e_shnum);
  if (sections == nullptr) return;
  for (size_t i = 0; i < header->e_shnum; ++i) {
    const Elf64_Shdr& table = sections[i];
    if (table.sh_type != SHT_DYNSYM && table.sh_type != SHT_SYMTAB) continue;
    if (table.sh_link < header->e_shnum) {
      SearchTable(file, table, sections[table.sh_link], bias, search);
    }
  }
}

bool IsLibrary(const char* path, const char* library) {
  const char* slash = strrchr(path, '/');
  const char* name = slash != nullptr ? slash + 1 : path;
  const size_t length = strlen(library);
  return strncmp(name, library, length) == 0 && (name[length] == 0 || name[length] == '.');
}

// dl_iterate_phdr lists the executable first, with an empty name.
int Visit(dl_phdr_info* object, size_t, void* data) {
  auto* search = static_cast<Search*>(data);
  if (search->library == nullptr) {
    SearchFile("/proc/self/exe", object->dlpi_addr, search);
    return 1;
  }
  if (object->dlpi_name == nullptr || !IsLibrary(object->dlpi_name, search->library)) return 0;
  SearchFile(object->dlpi_name, object->dlpi_addr, search);
  return 1;
}

}  // namespace

CodeRanges FindFunction(const char* library, const char* function) {
  Search search{library, function, {}};
  dl_iterate_phdr(&Visit, &search);
  return search.found;
}

}  // namespace seep_leak
