// SPDX-License-Identifier: Apache-2.0
// The unwind data of one loaded object: .eh_frame_hdr, .eh_frame, and the rule of an address.
#pragma once

#include <cstdint>

#include "probes/preload/unwind/byte_cursor.h"
#include "probes/preload/unwind/cfi_row.h"
#include "probes/preload/unwind/rule.h"

namespace seep::probe::unwind {

struct UnwindTable {
  MemoryRange memory;   // what may be read: the segment that both sections lie in
  uint64_t header = 0;  // run-time address of .eh_frame_hdr
};

// The rule of the code at `address` (of an instruction, not a return address). kNoUnwindData when
// the table does not cover it, kNotUnderstood when it is damaged. Reads nothing outside of
// `memory`.
Rule FindRule(const UnwindTable& table, uint64_t address);

// The same with the row that the rule was made of.
Rule FindRuleAndRow(const UnwindTable& table, uint64_t address, CfiRow* row);

// The rule of the frame that a call returns to at `return_address`. kNoUnwindData: no object there
// has any.
Rule RuleOfCaller(uint64_t return_address);

// The unwind data of the object that holds `address`; false when there is none of either. No lock.
bool FindUnwindTable(uint64_t address, UnwindTable* table);

}  // namespace seep::probe::unwind
