// SPDX-License-Identifier: Apache-2.0
// Slots are found by the relocations that fill them (System V ABI, AMD64 supplement, 4.4): those of
// calls (JUMP_SLOT), of addresses (GLOB_DAT) and of pointers in data (R_X86_64_64). What they say
// is believed only within the object's own segments.
#include "probes/preload/got_redirect.h"

#include <elf.h>
#include <link.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "probes/preload/slot_writer.h"

namespace seep::probe {
namespace {

// What was found, written some at a time.
class Changes {
 public:
  ~Changes() { WriteSlots(changes_, count_); }
  void Add(const ledger::SlotChange& change) {
    if (count_ == kAtOnce) {
      WriteSlots(changes_, count_);
      count_ = 0;
    }
    changes_[count_++] = change;
  }

 private:
  static constexpr size_t kAtOnce = 64;
  ledger::SlotChange changes_[kAtOnce];
  size_t count_ = 0;
};

struct Work {
  const Redirection* redirections;
  size_t count;
  Changes changes;
};

struct Range {
  uint64_t start = 0;
  uint64_t bytes = 0;
  bool Holds(uint64_t address, uint64_t length) const {
    return address >= start && length <= bytes && address - start <= bytes - length;
  }
};

// One loaded object; addresses are those of the running process.
class Object {
 public:
  explicit Object(const dl_phdr_info& info) : info_(info) {
    for (int i = 0; i < info.dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = info.dlpi_phdr[i];
      if (segment.p_type == PT_DYNAMIC) dynamic_ = RangeOf(segment);
    }
    if (!Holds(dynamic_.start, dynamic_.bytes)) return;
    const auto* entries = reinterpret_cast<const ElfW(Dyn)*>(dynamic_.start);
    for (uint64_t i = 0; i < dynamic_.bytes / sizeof(ElfW(Dyn)); ++i) {
      const ElfW(Dyn)& entry = entries[i];
      if (entry.d_tag == DT_NULL) break;
      if (entry.d_tag == DT_SYMTAB) symbols_ = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRTAB) strings_.start = entry.d_un.d_ptr;
      if (entry.d_tag == DT_STRSZ) strings_.bytes = entry.d_un.d_val;
      if (entry.d_tag == DT_RELA) data_.start = entry.d_un.d_ptr;
      if (entry.d_tag == DT_RELASZ) data_.bytes = entry.d_un.d_val;
      if (entry.d_tag == DT_JMPREL) calls_.start = entry.d_un.d_ptr;
      if (entry.d_tag == DT_PLTRELSZ) calls_.bytes = entry.d_un.d_val;
    }
  }

  // The whole range lies in one segment that was loaded from the file.
  bool Holds(uint64_t address, uint64_t length) const {
    for (int i = 0; i < info_.dlpi_phnum; ++i) {
      const ElfW(Phdr)& segment = info_.dlpi_phdr[i];
      if (segment.p_type == PT_LOAD && RangeOf(segment).Holds(address, length)) return true;
    }
    return false;
  }

  void Find(Work& work) const {
    if (!Holds(strings_.start, strings_.bytes) || strings_.bytes == 0) return;
    for (const Range& table : {calls_, data_}) {
      if (table.bytes == 0 || !Holds(table.start, table.bytes)) continue;
      const auto* relocations = reinterpret_cast<const ElfW(Rela)*>(table.start);
      for (uint64_t i = 0; i < table.bytes / sizeof(ElfW(Rela)); ++i) {
        FindOne(relocations[i], work);
      }
    }
  }

 private:
  Range RangeOf(const ElfW(Phdr) & segment) const {
    return {info_.dlpi_addr + segment.p_vaddr, segment.p_memsz};
  }

  const ElfW(Sym) * SymbolOf(const ElfW(Rela) & relocation) const {
    const uint64_t number = ELF64_R_SYM(relocation.r_info);
    const uint64_t at = symbols_ + number * sizeof(ElfW(Sym));
    return number != 0 && Holds(at, sizeof(ElfW(Sym))) ? reinterpret_cast<const ElfW(Sym)*>(at)
                                                       : nullptr;
  }

  bool IsNamed(const ElfW(Sym) & symbol, const char* name) const {
    const size_t bytes = strlen(name) + 1;
    return symbol.st_name < strings_.bytes && bytes <= strings_.bytes - symbol.st_name &&
           memcmp(reinterpret_cast<const char*>(strings_.start + symbol.st_name), name, bytes) == 0;
  }

  void FindOne(const ElfW(Rela) & relocation, Work& work) const {
    const uint64_t type = ELF64_R_TYPE(relocation.r_info);
    const bool is_call = type == R_X86_64_JUMP_SLOT;
    const bool is_pointer = type == R_X86_64_GLOB_DAT || type == R_X86_64_64;
    if (!is_call && (!is_pointer || relocation.r_addend != 0)) return;
    const uint64_t slot = info_.dlpi_addr + relocation.r_offset;
    if (!Holds(slot, sizeof(uint64_t))) return;
    const ElfW(Sym)* symbol = SymbolOf(relocation);
    if (symbol == nullptr) return;
    for (size_t i = 0; i < work.count; ++i) {
      const Redirection& redirection = work.redirections[i];
      if (redirection.from == nullptr || !IsNamed(*symbol, redirection.name)) continue;
      const uint64_t target = *reinterpret_cast<const uint64_t*>(slot);
      // A call that has not been made yet still leads through the object's own stub; one to a
      // definition of its own does so for good.
      const bool is_unmade = is_call && symbol->st_shndx == SHN_UNDEF && Holds(target, 1);
      const auto bound = reinterpret_cast<uint64_t>(redirection.from);
      if (!is_unmade && target != bound) continue;
      work.changes.Add({.object_bias = info_.dlpi_addr,
                        .object_dynamic = dynamic_.start,
                        .address = slot,
                        .expected = target,
                        .bound = bound,
                        .wanted = reinterpret_cast<uint64_t>(redirection.to),
                        .state = ledger::SlotState::kPlanned});
    }
  }

  const dl_phdr_info& info_;
  Range dynamic_, strings_, data_, calls_;
  uint64_t symbols_ = 0;
};

int OnObject(dl_phdr_info* info, size_t, void* argument) {
  Work& work = *static_cast<Work*>(argument);
  const Object object(*info);
  if (object.Holds(reinterpret_cast<uint64_t>(&RedirectCalls), 1)) return 0;
  for (size_t i = 0; i < work.count; ++i) {
    const auto from = reinterpret_cast<uint64_t>(work.redirections[i].from);
    if (from != 0 && object.Holds(from, 1)) return 0;
  }
  object.Find(work);
  return 0;
}

}  // namespace

void RedirectCalls(const Redirection* redirections, size_t count) {
  Work work{redirections, count, {}};
  dl_iterate_phdr(&OnObject, &work);
}

}  // namespace seep::probe
