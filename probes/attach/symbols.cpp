// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/symbols.h"

#include <algorithm>
#include <array>

namespace seep::attach {
namespace {

// How many symbols: the highest one that the hash table leads to, as DT_SYMTAB has no size.
size_t CountSymbols(const Memory& memory, const LoadedObject& object) {
  if (object.sysv_hash != 0) {
    const auto head = memory.Read<std::array<uint32_t, 2>>(object.sysv_hash);
    return head ? (*head)[1] : 0;
  }
  const auto head = memory.Read<std::array<uint32_t, 4>>(object.gnu_hash);
  if (!head) return 0;
  const auto [bucket_count, first_symbol, bloom_words, shift] = *head;
  const uint64_t buckets_at = object.gnu_hash + sizeof(*head) + uint64_t{bloom_words} * 8;
  const auto buckets = memory.ReadMany<uint32_t>(buckets_at, bucket_count);
  const uint32_t last_chain =
      buckets.empty() ? 0 : *std::max_element(buckets.begin(), buckets.end());
  if (last_chain < first_symbol) return first_symbol;
  const uint64_t chains_at = buckets_at + uint64_t{bucket_count} * sizeof(uint32_t);
  for (uint64_t symbol = last_chain; symbol < Memory::kMaxBytes / sizeof(Elf64_Sym); ++symbol) {
    const auto hash = memory.Read<uint32_t>(chains_at + (symbol - first_symbol) * sizeof(uint32_t));
    if (!hash) return 0;
    if ((*hash & 1) != 0) return symbol + 1;
  }
  return 0;
}

}  // namespace

Symbols Symbols::Read(const Memory& memory, const LoadedObject& object) {
  Symbols read;
  read.bias_ = object.bias;
  const auto strings = memory.ReadMany<char>(object.strings, object.strings_bytes);
  if (strings.empty()) return read;
  read.strings_.assign(strings.begin(), strings.end());
  read.symbols_ = memory.ReadMany<Elf64_Sym>(object.symbols, CountSymbols(memory, object));
  for (uint32_t i = 0; i < read.symbols_.size(); ++i) {
    if (read.IsDefinition(i)) read.by_name_.push_back(i);
  }
  // The first of several versions of a name stays the first.
  std::ranges::stable_sort(read.by_name_, {}, [&read](uint32_t i) { return read.NameOf(i); });
  return read;
}

std::string_view Symbols::NameOf(size_t index) const {
  if (index >= symbols_.size() || symbols_[index].st_name >= strings_.size()) return {};
  const std::string_view rest = std::string_view(strings_).substr(symbols_[index].st_name);
  return rest.substr(0, rest.find('\0'));
}

bool Symbols::IsDefinition(size_t index) const {
  const Elf64_Sym& symbol = symbols_[index];
  const auto binding = ELF64_ST_BIND(symbol.st_info);
  const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
  return symbol.st_shndx != SHN_UNDEF && symbol.st_value != 0 &&
         (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
         (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

Symbols Symbols::At(uint64_t bias) const {
  Symbols moved = *this;
  moved.bias_ = bias;
  return moved;
}

std::optional<uint64_t> Symbols::Find(std::string_view name, unsigned char type) const {
  for (const uint32_t i : DefinitionsOf(name)) {
    if (ELF64_ST_TYPE(symbols_[i].st_info) == type) return AddressOf(i);
  }
  return std::nullopt;
}

std::optional<uint64_t> Symbols::FindFunction(std::string_view name) const {
  return Find(name, STT_FUNC);
}

std::optional<uint64_t> Symbols::FindVariable(std::string_view name) const {
  return Find(name, STT_OBJECT);
}

std::span<const uint32_t> Symbols::DefinitionsOf(std::string_view name) const {
  return {std::ranges::equal_range(by_name_, name, {}, [this](uint32_t i) { return NameOf(i); })};
}

}  // namespace seep::attach
