// SPDX-License-Identifier: Apache-2.0
// The interpreter of call frame instructions (DWARF 5, section 6.4.2), for the registers that rules
// need.
#include "probes/preload/unwind/cfi_row.h"

namespace seep::probe::unwind {
namespace {

using Place = RegisterRule::Place;

enum Instruction : uint8_t {
  kAdvance = 0x40,  // these three hold an operand in their low six bits
  kOffset = 0x80,
  kRestore = 0xc0,
  kNop = 0x00,
  kSetLocation = 0x01,
  kAdvance1 = 0x02,
  kAdvance2 = 0x03,
  kAdvance4 = 0x04,
  kOffsetExtended = 0x05,
  kRestoreExtended = 0x06,
  kUndefined = 0x07,
  kSameValue = 0x08,
  kRegister = 0x09,
  kRememberState = 0x0a,
  kRestoreState = 0x0b,
  kDefCfa = 0x0c,
  kDefCfaRegister = 0x0d,
  kDefCfaOffset = 0x0e,
  kDefCfaExpression = 0x0f,
  kExpression = 0x10,
  kOffsetExtendedSf = 0x11,
  kDefCfaSf = 0x12,
  kDefCfaOffsetSf = 0x13,
  kValOffset = 0x14,
  kValOffsetSf = 0x15,
  kValExpression = 0x16,
  kGnuArgsSize = 0x2e,
  kGnuNegativeOffsetExtended = 0x2f,
};

class Interpreter {
 public:
  Interpreter(const ByteCursor& program, const CodeAlignment& alignment, uint64_t location,
              const CfiRow& initial, CfiRow* row)
      : program_(program),
        alignment_(alignment),
        location_(location),
        initial_(initial),
        row_(*row) {}

  bool RunTo(uint64_t address) {
    while (!program_.is_at_end()) {
      const auto instruction = program_.Read<uint8_t>();
      const uint64_t operand = instruction & 0x3f;
      bool is_past = false;
      switch (instruction & 0xc0) {
        case kAdvance:
          is_past = !Advance(operand, address);
          break;
        case kOffset:
          SaveAt(operand, Factored(program_.Uleb()));
          break;
        case kRestore:
          Restore(operand);
          break;
        default:
          is_past = !RunExtended(instruction, address);
      }
      if (is_past) break;
    }
    return program_.is_good;
  }

 private:
  // Compilers nest these once or twice.
  static constexpr int kMaxRemembered = 8;

  int64_t Factored(uint64_t number) const {
    return static_cast<int64_t>(number * static_cast<uint64_t>(alignment_.data_factor));
  }
  int64_t Factored(int64_t number) const { return Factored(static_cast<uint64_t>(number)); }

  // False: the next row begins behind the address.
  bool Advance(uint64_t delta, uint64_t address) {
    location_ += delta * alignment_.code_factor;
    return location_ <= address;
  }

  void Set(uint64_t reg, const RegisterRule& rule) {
    if (reg == kDwarfRbx) row_.rbx = rule;
    if (reg == kDwarfRbp) row_.rbp = rule;
    if (reg == kDwarfRip) row_.rip = rule;
  }
  void SaveAt(uint64_t reg, int64_t offset) { Set(reg, {Place::kAtCfaOffset, offset, {}}); }
  void Restore(uint64_t reg) {
    if (reg == kDwarfRbx) row_.rbx = initial_.rbx;
    if (reg == kDwarfRbp) row_.rbp = initial_.rbp;
    if (reg == kDwarfRip) row_.rip = initial_.rip;
  }
  MemoryRange Block() {
    const uint64_t bytes = program_.Uleb();
    return program_.Take(bytes).memory;
  }
  void DefineCfa(uint64_t reg, int64_t offset) {
    row_.cfa_register = reg;
    row_.cfa_offset = offset;
    row_.cfa_expression = {};
  }

  bool RunExtended(uint8_t instruction, uint64_t address) {
    switch (instruction) {
      case kNop:
        return true;
      case kSetLocation:
        location_ = program_.EncodedPointer(alignment_.pointer_encoding, 0);
        return location_ <= address;
      case kAdvance1:
        return Advance(program_.Read<uint8_t>(), address);
      case kAdvance2:
        return Advance(program_.Read<uint16_t>(), address);
      case kAdvance4:
        return Advance(program_.Read<uint32_t>(), address);
      case kRememberState:
        if (remembered_count_ == kMaxRemembered) return Fail();
        remembered_[remembered_count_++] = row_;
        return true;
      case kRestoreState:  // with the CFA, as all producers and consumers have it
        if (remembered_count_ == 0) return Fail();
        row_ = remembered_[--remembered_count_];
        return true;
      case kDefCfaExpression:
        row_.cfa_expression = Block();
        // Empty would look like none.
        return row_.cfa_expression.start < row_.cfa_expression.end || Fail();
      case kDefCfaRegister:
        DefineCfa(program_.Uleb(), row_.cfa_offset);
        return true;
      case kDefCfaOffset:
        row_.cfa_offset = static_cast<int64_t>(program_.Uleb());
        return true;
      case kDefCfaOffsetSf:
        row_.cfa_offset = Factored(program_.Sleb());
        return true;
      case kGnuArgsSize:
        program_.Uleb();
        return true;
      default:
        return RunRegister(instruction);
    }
  }

  // The instructions whose first operand is a register.
  bool RunRegister(uint8_t instruction) {
    const uint64_t reg = program_.Uleb();
    switch (instruction) {
      case kOffsetExtended:
        SaveAt(reg, Factored(program_.Uleb()));
        return true;
      case kOffsetExtendedSf:
        SaveAt(reg, Factored(program_.Sleb()));
        return true;
      case kGnuNegativeOffsetExtended:
        SaveAt(reg, -Factored(program_.Uleb()));
        return true;
      case kRestoreExtended:
        Restore(reg);
        return true;
      case kUndefined:
        Set(reg, {Place::kUndefined, 0, {}});
        return true;
      case kSameValue:
        Set(reg, {Place::kSame, 0, {}});
        return true;
      case kDefCfa:
        DefineCfa(reg, static_cast<int64_t>(program_.Uleb()));
        return true;
      case kDefCfaSf:
        DefineCfa(reg, Factored(program_.Sleb()));
        return true;
      case kExpression:
        Set(reg, {Place::kAtExpression, 0, Block()});
        return true;
      case kRegister:
      case kValOffset:
        program_.Uleb();
        Set(reg, {Place::kOther, 0, {}});
        return true;
      case kValOffsetSf:
        program_.Sleb();
        Set(reg, {Place::kOther, 0, {}});
        return true;
      case kValExpression:
        Block();
        Set(reg, {Place::kOther, 0, {}});
        return true;
      default:
        return Fail();
    }
  }

  bool Fail() {
    program_.is_good = false;
    return false;
  }

  ByteCursor program_;
  const CodeAlignment& alignment_;
  uint64_t location_;
  const CfiRow& initial_;
  CfiRow& row_;
  CfiRow remembered_[kMaxRemembered];
  int remembered_count_ = 0;
};

}  // namespace

bool RunCfiProgram(ByteCursor program, const CodeAlignment& alignment, uint64_t location,
                   uint64_t address, const CfiRow& initial, CfiRow* row) {
  return Interpreter(program, alignment, location, initial, row).RunTo(address);
}

}  // namespace seep::probe::unwind
