// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/unwind_table.h"

namespace seep::probe::unwind {
namespace {

// LSB Core, 10.6: the only form of the search table that linkers write, so that it can be searched.
constexpr uint8_t kTableEncoding = 0x3b;  // datarel | sdata4
struct TableEntry {
  int32_t code;  // from the header, both
  int32_t fde;
};

struct Entry {  // a CIE or FDE
  ByteCursor body;
  uint64_t start_of_body;
  bool is_good() const { return body.is_good; }
};

Entry ReadEntry(const MemoryRange& memory, uint64_t address) {
  ByteCursor cursor(memory, address);
  uint64_t bytes = cursor.Read<uint32_t>();
  if (bytes == 0xffffffff) bytes = cursor.Read<uint64_t>();
  if (bytes == 0) cursor.is_good = false;  // the terminator
  const ByteCursor body = cursor.Take(bytes);
  return {body, body.at};
}

struct Cie {
  CodeAlignment alignment;
  bool has_augmentation_data = false;
  bool is_signal_frame = false;
  ByteCursor program;
};

// Augmentations of .eh_frame: gcc, clang, rustc and ld write "", zR, zPR, zPLR and zRS.
bool ReadCie(const MemoryRange& memory, uint64_t address, Cie* cie) {
  ByteCursor cursor = ReadEntry(memory, address).body;
  const auto id = cursor.Read<uint32_t>();
  const auto version = cursor.Read<uint8_t>();
  if (!cursor.is_good || id != 0 || (version != 1 && version != 3)) return false;
  ByteCursor augmentation = cursor;
  while (cursor.Read<uint8_t>() != 0 && cursor.is_good) {
  }
  cie->alignment.code_factor = cursor.Uleb();
  cie->alignment.data_factor = cursor.Sleb();
  const uint64_t return_column = version == 1 ? cursor.Read<uint8_t>() : cursor.Uleb();
  if (!cursor.is_good || return_column != kDwarfRip) return false;
  auto letter = augmentation.Read<uint8_t>();
  if (letter == 'z') {
    cie->has_augmentation_data = true;
    const uint64_t bytes = cursor.Uleb();
    ByteCursor details = cursor.Take(bytes);
    while ((letter = augmentation.Read<uint8_t>()) != 0) {
      switch (letter) {
        case 'R':
          cie->alignment.pointer_encoding = details.Read<uint8_t>();
          break;
        case 'L':
          details.Read<uint8_t>();
          break;
        case 'P':
          // Only to get behind it: whatever it is relative to, it is not followed.
          details.EncodedNumber(details.Read<uint8_t>());
          break;
        case 'S':
          cie->is_signal_frame = true;
          break;
        default:
          return false;
      }
    }
    if (!details.is_good) return false;
  } else if (letter != 0) {
    return false;
  }
  cie->program = cursor;
  return cursor.is_good;
}

// Run-time address of the FDE that may cover `address`: the last one that begins at or before it.
uint64_t FindFde(const UnwindTable& table, uint64_t address) {
  ByteCursor cursor(table.memory, table.header);
  const auto version = cursor.Read<uint8_t>();
  const auto frame_encoding = cursor.Read<uint8_t>();
  const auto count_encoding = cursor.Read<uint8_t>();
  const auto table_encoding = cursor.Read<uint8_t>();
  if (version != 1 || count_encoding == kPointerOmitted || table_encoding != kTableEncoding) {
    return 0;
  }
  cursor.EncodedPointer(frame_encoding, table.header);
  const uint64_t count = cursor.EncodedPointer(count_encoding, table.header);
  const uint64_t entries = cursor.at;
  // A count beyond 2^32 could make the product overflow.
  if (!cursor.is_good || count == 0 || count > UINT32_MAX ||
      !table.memory.Holds(entries, count * sizeof(TableEntry))) {
    return 0;
  }
  const auto entry_at = [&](uint64_t index) {
    return ByteCursor(table.memory, entries + index * sizeof(TableEntry)).Read<TableEntry>();
  };
  const auto offset = static_cast<int64_t>(address - table.header);
  uint64_t below = 0;  // entries that begin at or before the address
  uint64_t above = count;
  while (below < above) {
    const uint64_t middle = below + (above - below) / 2;
    if (entry_at(middle).code <= offset) {
      below = middle + 1;
    } else {
      above = middle;
    }
  }
  return below == 0 ? 0 : table.header + static_cast<uint64_t>(int64_t{entry_at(below - 1).fde});
}

}  // namespace

Rule FindRule(const UnwindTable& table, uint64_t address) {
  CfiRow row;
  return FindRuleAndRow(table, address, &row);
}

Rule FindRuleAndRow(const UnwindTable& table, uint64_t address, CfiRow* row) {
  const Rule not_understood = MakeRule(RuleKind::kNotUnderstood);
  const uint64_t fde_address = FindFde(table, address);
  if (fde_address == 0) return MakeRule(RuleKind::kNoUnwindData);
  const Entry fde = ReadEntry(table.memory, fde_address);
  ByteCursor cursor = fde.body;
  const uint64_t cie_distance = cursor.Read<uint32_t>();
  Cie cie{{}, false, false, ByteCursor(table.memory, table.header)};
  if (!cursor.is_good || cie_distance == 0 ||
      !ReadCie(table.memory, fde.start_of_body - cie_distance, &cie)) {
    return not_understood;
  }
  const uint8_t encoding = cie.alignment.pointer_encoding;
  const uint64_t start = cursor.EncodedPointer(encoding, 0);
  const uint64_t bytes = cursor.EncodedNumber(encoding);
  if (!cursor.is_good) return not_understood;
  if (address < start || address - start >= bytes) return MakeRule(RuleKind::kNoUnwindData);
  if (cie.has_augmentation_data) {
    const uint64_t data_bytes = cursor.Uleb();
    cursor.Take(data_bytes);
  }
  CfiRow initial;
  if (!cursor.is_good || !RunCfiProgram(cie.program, cie.alignment, 0, UINT64_MAX, {}, &initial)) {
    return not_understood;
  }
  *row = initial;
  if (!RunCfiProgram(cursor, cie.alignment, start, address, initial, row)) return not_understood;
  return RuleOf(*row, cie.is_signal_frame);
}

Rule RuleOfCaller(uint64_t return_address) {
  UnwindTable table;
  if (!FindUnwindTable(return_address - 1, &table)) return MakeRule(RuleKind::kNoUnwindData);
  const Rule rule = FindRule(table, return_address - 1);
  // No call returns to the first instruction of a function: this is the root of a stack that was
  // laid out by hand, as makecontext does.
  const bool is_root = rule.kind() == RuleKind::kNoUnwindData &&
                       FindRule(table, return_address).kind() != RuleKind::kNoUnwindData;
  return is_root ? MakeRule(RuleKind::kEnd) : rule;
}

}  // namespace seep::probe::unwind
