// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/stack_walk.h"

#include <libunwind.h>

#include <array>
#include <cstring>
#include <unordered_map>

// Exported by libunwind for this very purpose, but in none of its headers: looks one address up in
// the .eh_frame_hdr of another process, by way of our access_mem. perf uses it alike.
extern "C" int _Ux86_64_dwarf_search_unwind_table(unw_addr_space_t space, unw_word_t ip,
                                                  unw_dyn_info_t* info, unw_proc_info_t* procedure,
                                                  int need_unwind_info, void* argument);

namespace seep::attach {
namespace {

constexpr size_t kMaxFrames = 512;
constexpr size_t kPageBytes = 4096;

struct Target {
  const Memory& memory;
  const LoadedProgram& program;
  const Registers& registers;
  std::unordered_map<uint64_t, std::array<char, kPageBytes>> pages;  // of this walk

  const char* Page(uint64_t page) {
    const auto known = pages.find(page);
    if (known != pages.end()) return known->second.data();
    std::array<char, kPageBytes> content;
    if (!memory.Read(page * kPageBytes, content.data(), kPageBytes)) return nullptr;
    return pages.emplace(page, content).first->second.data();
  }
  bool Read(uint64_t address, void* to, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
      const char* page = Page((address + done) / kPageBytes);
      if (page == nullptr) return false;
      const size_t offset = (address + done) % kPageBytes;
      const size_t some = std::min(bytes - done, kPageBytes - offset);
      memcpy(static_cast<char*>(to) + done, page + offset, some);
      done += some;
    }
    return true;
  }
};

int FindProcedure(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t* procedure, int need,
                  void* argument) {
  Target& target = *static_cast<Target*>(argument);
  for (const LoadedObject& object : target.program.objects()) {
    if (!object.Holds(ip) || object.unwind_table == 0) continue;
    // .eh_frame_hdr: four bytes (version and three encodings), pointer to .eh_frame and count of
    // entries, 4 bytes each as every linker writes them, then the sorted table.
    std::array<uint8_t, 4> head{};
    uint32_t entries = 0;
    constexpr std::array<uint8_t, 4> kUsual{1, 0x1b, 0x03, 0x3b};
    if (!target.Read(object.unwind_table, head.data(), head.size()) || head != kUsual ||
        !target.Read(object.unwind_table + 8, &entries, sizeof(entries))) {
      return -UNW_ENOINFO;
    }
    unw_dyn_info_t info{};
    info.format = UNW_INFO_FORMAT_REMOTE_TABLE;
    info.start_ip = object.start;
    info.end_ip = object.end;
    info.u.rti.segbase = object.unwind_table;
    info.u.rti.table_data = object.unwind_table + 12;
    info.u.rti.table_len = uint64_t{entries} * 8 / sizeof(unw_word_t);
    return _Ux86_64_dwarf_search_unwind_table(space, ip, &info, procedure, need, argument);
  }
  return -UNW_ENOINFO;
}

void PutUnwindInfo(unw_addr_space_t, unw_proc_info_t*, void*) {}

int FindDynamicInfo(unw_addr_space_t, unw_word_t*, void*) {
  return -UNW_ENOINFO;
}

int AccessMemory(unw_addr_space_t, unw_word_t address, unw_word_t* value, int is_write,
                 void* argument) {
  if (is_write != 0) return -UNW_EINVAL;
  return static_cast<Target*>(argument)->Read(address, value, sizeof(*value)) ? 0 : -UNW_EINVAL;
}

int AccessRegister(unw_addr_space_t, unw_regnum_t number, unw_word_t* value, int is_write,
                   void* argument) {
  const Registers& r = static_cast<Target*>(argument)->registers;
  const std::array<unw_word_t, 17> values{r.rax, r.rdx, r.rcx, r.rbx, r.rsi, r.rdi,
                                          r.rbp, r.rsp, r.r8,  r.r9,  r.r10, r.r11,
                                          r.r12, r.r13, r.r14, r.r15, r.rip};
  if (is_write != 0 || number < 0 || number >= static_cast<int>(values.size())) return -UNW_EBADREG;
  *value = values[static_cast<size_t>(number)];
  return 0;
}

int AccessFloat(unw_addr_space_t, unw_regnum_t, unw_fpreg_t*, int, void*) {
  return -UNW_EBADREG;
}

int ResumeThere(unw_addr_space_t, unw_cursor_t*, void*) {
  return -UNW_EINVAL;
}

int NameOf(unw_addr_space_t, unw_word_t, char*, size_t, unw_word_t*, void*) {
  return -UNW_ENOINFO;
}

}  // namespace

Walk WalkStack(const Memory& memory, const LoadedProgram& program, const Registers& registers) {
  Target target{memory, program, registers, {}};
  unw_accessors_t accessors{};
  accessors.find_proc_info = &FindProcedure;
  accessors.put_unwind_info = &PutUnwindInfo;
  accessors.get_dyn_info_list_addr = &FindDynamicInfo;
  accessors.access_mem = &AccessMemory;
  accessors.access_reg = &AccessRegister;
  accessors.access_fpreg = &AccessFloat;
  accessors.resume = &ResumeThere;
  accessors.get_proc_name = &NameOf;
  Walk walk;
  unw_addr_space_t space = unw_create_addr_space(&accessors, 0);
  if (space == nullptr) return walk;
  unw_cursor_t cursor;
  if (unw_init_remote(&cursor, space, &target) == 0) {
    bool is_exact = true;  // not a return address: the innermost frame, or one under a signal
    while (walk.frames.size() < kMaxFrames) {
      unw_word_t ip = 0;
      if (unw_get_reg(&cursor, UNW_REG_IP, &ip) != 0) break;
      if (ip == 0) {
        walk.is_complete = true;
        break;
      }
      walk.frames.push_back(is_exact ? ip : ip - 1);
      is_exact = unw_is_signal_frame(&cursor) > 0;
      const int step = unw_step(&cursor);
      if (step == 0) walk.is_complete = true;
      if (step <= 0) break;
    }
  }
  unw_destroy_addr_space(space);
  return walk;
}

}  // namespace seep::attach
