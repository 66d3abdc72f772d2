// SPDX-License-Identifier: Apache-2.0
// One row of call frame information (DWARF 5, section 6.4) and the program that computes it.
#pragma once

#include <cstdint>

#include "probes/preload/unwind/byte_cursor.h"
#include "probes/preload/unwind/rule.h"

namespace seep::probe::unwind {

// System V ABI, figure 3.36: numbers of registers in unwind data.
inline constexpr uint64_t kDwarfRbx = 3;
inline constexpr uint64_t kDwarfRbp = 6;
inline constexpr uint64_t kDwarfRsp = 7;
inline constexpr uint64_t kDwarfRip = 16;

// Where the caller's value of a register is found.
struct RegisterRule {
  enum class Place : uint8_t {
    kSame,          // still in the register
    kUndefined,     // lost; of rip: there is no caller
    kAtCfaOffset,   // in memory at CFA + offset
    kAtExpression,  // in memory where `expression` says
    kOther,         // a value computed, or another register: no rule holds it
  };
  Place place = Place::kSame;
  int64_t offset = 0;
  MemoryRange expression;
};

struct CfiRow {
  uint64_t cfa_register = 0;
  int64_t cfa_offset = 0;
  MemoryRange cfa_expression;  // empty: register and offset hold
  RegisterRule rbx;
  RegisterRule rbp;
  RegisterRule rip;
};

struct CodeAlignment {
  uint64_t code_factor = 1;
  int64_t data_factor = 1;
  uint8_t pointer_encoding = 0;  // of DW_CFA_set_loc
};

// Runs `program` on `row`, which describes `location`, as long as rows begin at or before
// `address`. DW_CFA_restore takes registers from `initial`. False: damaged, `row` is worthless.
bool RunCfiProgram(ByteCursor program, const CodeAlignment& alignment, uint64_t location,
                   uint64_t address, const CfiRow& initial, CfiRow* row);

// `is_signal_frame`: the CIE's augmentation has an 'S'.
Rule RuleOf(const CfiRow& row, bool is_signal_frame);

}  // namespace seep::probe::unwind
