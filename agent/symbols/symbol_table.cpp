// SPDX-License-Identifier: Apache-2.0
#include "agent/symbols/symbol_table.h"

#include <gelf.h>

#include <algorithm>
#include <cstring>
#include <tuple>

namespace seep::symbols {
namespace {

struct Symbol {
  uint64_t low;
  uint64_t size;
  int binding_rank;  // global 0, weak 1, local 2
  const char* name;
};

int BindingRank(unsigned char info) {
  const int binding = GELF_ST_BIND(info);
  if (binding == STB_LOCAL) return 2;
  return binding == STB_WEAK ? 1 : 0;
}

const CodeSection* SectionOf(const std::vector<CodeSection>& sections, uint64_t address) {
  for (const CodeSection& section : sections) {
    if (address >= section.low && address < section.high) return &section;
  }
  return nullptr;
}

bool IsCode(const GElf_Sym& symbol) {
  if (symbol.st_shndx == SHN_UNDEF || symbol.st_name == 0) return false;
  const int type = GELF_ST_TYPE(symbol.st_info);
  // Assembly often forgets `.type f, @function`.
  return type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
}

void AppendTable(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                 const std::vector<CodeSection>& sections, std::vector<Symbol>* symbols) {
  Elf_Data* content = elf_getdata(section, nullptr);
  if (content == nullptr || header.sh_entsize == 0) return;
  const size_t entries = content->d_size / header.sh_entsize;
  for (size_t i = 0; i < entries; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(content, static_cast<int>(i), &symbol) == nullptr) return;
    if (!IsCode(symbol) || SectionOf(sections, symbol.st_value) == nullptr) continue;
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0') continue;
    symbols->push_back({symbol.st_value, symbol.st_size, BindingRank(symbol.st_info), name});
  }
}

// The best name of each address first.
bool ComesBefore(const Symbol& a, const Symbol& b) {
  if (a.low != b.low) return a.low < b.low;
  const auto merit = [](const Symbol& symbol) {
    return std::tuple(symbol.size == 0, symbol.binding_rank, std::strspn(symbol.name, "_"),
                      std::strlen(symbol.name));
  };
  const auto merit_a = merit(a);
  const auto merit_b = merit(b);
  if (merit_a != merit_b) return merit_a < merit_b;
  return std::strcmp(a.name, b.name) < 0;
}

}  // namespace

SymbolTable::SymbolTable(const std::vector<const ElfFile*>& files,
                         const std::vector<CodeSection>& sections) {
  std::vector<Symbol> symbols;
  for (const ElfFile* file : files) {
    if (file == nullptr) continue;
    for (Elf_Scn* section = elf_nextscn(file->elf(), nullptr); section != nullptr;
         section = elf_nextscn(file->elf(), section)) {
      GElf_Shdr header;
      if (gelf_getshdr(section, &header) == nullptr) continue;
      if (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM) continue;
      AppendTable(file->elf(), section, header, sections, &symbols);
    }
  }
  std::sort(symbols.begin(), symbols.end(), ComesBefore);
  const auto same_address = [](const Symbol& a, const Symbol& b) { return a.low == b.low; };
  symbols.erase(std::unique(symbols.begin(), symbols.end(), same_address), symbols.end());

  std::vector<AddressRange> ranges;
  uint64_t sized_until = 0;  // labels inside a sized function do not split it
  for (size_t i = 0; i < symbols.size(); ++i) {
    const Symbol& symbol = symbols[i];
    const uint64_t section_end = SectionOf(sections, symbol.low)->high;
    uint64_t high = section_end;
    if (symbol.size > 0) {
      high = symbol.low + std::min(symbol.size, section_end - symbol.low);
      sized_until = std::max(sized_until, high);
    } else if (symbol.low < sized_until) {
      continue;
    } else if (i + 1 < symbols.size()) {
      high = std::min(high, symbols[i + 1].low);
    }
    ranges.push_back({symbol.low, high, static_cast<uint32_t>(names_.size()), 0});
    names_.push_back(symbol.name);
  }
  functions_ = IntervalMap(std::move(ranges));
}

std::string_view SymbolTable::Find(uint64_t address) const {
  const uint32_t index = functions_.Find(address);
  return index == IntervalMap::kNothing ? std::string_view() : names_[index];
}

}  // namespace seep::symbols
