// SPDX-License-Identifier: Apache-2.0
// From a row to a rule, and the few DWARF expressions that unwind data of x86-64 holds in practice.
#include "probes/preload/unwind/cfi_row.h"

namespace seep::probe::unwind {
namespace {

using Place = RegisterRule::Place;

enum Operation : uint8_t {
  kDeref = 0x06,
  kAnd = 0x1a,
  kPlus = 0x22,
  kPlusUconst = 0x23,
  kShl = 0x24,
  kGe = 0x2a,
  kLiteral0 = 0x30,  // to literal 31 at 0x4f
  kRegister0 = 0x70  // DW_OP_breg0
};

// register + offset, perhaps loaded from there, perhaps with a number added then.
struct SimpleExpression {
  bool is_simple = false;
  uint64_t reg = 0;
  int64_t offset = 0;
  bool is_loaded = false;
  uint64_t addend = 0;
};

SimpleExpression ReadSimple(const MemoryRange& block) {
  ByteCursor cursor(block, block.start);
  SimpleExpression found;
  const auto first = cursor.Read<uint8_t>();
  if (first != kRegister0 + kDwarfRsp && first != kRegister0 + kDwarfRbp) return found;
  found.reg = first - kRegister0;
  found.offset = cursor.Sleb();
  if (!cursor.is_at_end()) {
    found.is_loaded = true;
    if (cursor.Read<uint8_t>() != kDeref) return found;
  }
  if (!cursor.is_at_end()) {
    if (cursor.Read<uint8_t>() != kPlusUconst) return found;
    found.addend = cursor.Uleb();
  }
  found.is_simple = cursor.is_good && cursor.is_at_end();
  return found;
}

// What linkers write for a lazy PLT: CFA = rsp + 8 + ((rip & 15) >= N) * 8. N, or -1.
int64_t ReadPltLimit(const MemoryRange& block) {
  const uint8_t wanted[] = {kRegister0 + kDwarfRsp,
                            8,
                            kRegister0 + kDwarfRip,
                            0,
                            kLiteral0 + 15,
                            kAnd,
                            kLiteral0,
                            kGe,
                            kLiteral0 + 3,
                            kShl,
                            kPlus};
  constexpr uint64_t kLimitAt = 6;
  if (block.end - block.start != sizeof(wanted)) return -1;
  ByteCursor cursor(block, block.start);
  int64_t limit = -1;
  for (uint64_t i = 0; i < sizeof(wanted); ++i) {
    const auto byte = cursor.Read<uint8_t>();
    if (i == kLimitAt) {
      limit = byte - kLiteral0;
    } else if (byte != wanted[i]) {
      return -1;
    }
  }
  return limit >= 0 && limit < 16 ? limit : -1;
}

// The rbp offset of a rule; false when it has no room for this.
bool ReadRbpOffset(const RegisterRule& rbp, int64_t* offset) {
  switch (rbp.place) {
    case Place::kSame:
    case Place::kUndefined:  // of no use to the caller, as it says itself
      *offset = kRbpKept;
      return true;
    case Place::kAtCfaOffset:
      *offset = rbp.offset;
      return rbp.offset < kRbpKept;
    default:
      return false;
  }
}

bool IsAt(const RegisterRule& rule, uint64_t reg, int64_t offset) {
  if (rule.place != Place::kAtExpression) return false;
  const SimpleExpression at = ReadSimple(rule.expression);
  return at.is_simple && at.reg == reg && at.offset == offset && !at.is_loaded;
}

// What the kernel leaves above a handler's return address: offsets within its gregs.
constexpr int64_t kRipFromRsp = 8;
constexpr int64_t kRbpFromRsp = -40;

Rule RuleOfExpression(const CfiRow& row, bool is_signal_frame) {
  const Rule not_understood = MakeRule(RuleKind::kNotUnderstood);
  const int64_t plt_limit = ReadPltLimit(row.cfa_expression);
  if (plt_limit >= 0 && row.rbp.place == Place::kSame) {
    return MakeRule(RuleKind::kPlt, 8, plt_limit * 8);
  }
  const SimpleExpression cfa = ReadSimple(row.cfa_expression);
  if (!cfa.is_simple) return not_understood;
  if (is_signal_frame) {
    const bool is_known = cfa.reg == kDwarfRsp && cfa.is_loaded && cfa.addend == 0 &&
                          IsAt(row.rip, kDwarfRsp, cfa.offset + kRipFromRsp) &&
                          IsAt(row.rbp, kDwarfRsp, cfa.offset + kRbpFromRsp);
    return is_known ? MakeRule(RuleKind::kSignal, cfa.offset) : not_understood;
  }
  if (row.rip.place != Place::kAtCfaOffset || row.rip.offset != -8) return not_understood;
  const bool is_from_rbp = cfa.reg == kDwarfRbp;
  if (is_from_rbp && cfa.is_loaded && cfa.addend == 0 && IsAt(row.rbp, kDwarfRbp, 0)) {
    return MakeRule(RuleKind::kRealigned, cfa.offset);
  }
  int64_t rbp_offset;
  if (!ReadRbpOffset(row.rbp, &rbp_offset)) return not_understood;
  if (!cfa.is_loaded && cfa.addend == 0) {
    return MakeRule(is_from_rbp ? RuleKind::kFromRbp : RuleKind::kFromRsp, cfa.offset, rbp_offset);
  }
  if (cfa.is_loaded && cfa.addend == 0) {
    return MakeRule(is_from_rbp ? RuleKind::kFromRbpMemory : RuleKind::kFromRspMemory, cfa.offset,
                    rbp_offset);
  }
  if (cfa.is_loaded && cfa.addend == 8 && !is_from_rbp) {
    return MakeRule(RuleKind::kFromRspMemory8, cfa.offset, rbp_offset);
  }
  return not_understood;
}

}  // namespace

Rule RuleOf(const CfiRow& row, bool is_signal_frame) {
  const Rule not_understood = MakeRule(RuleKind::kNotUnderstood);
  if (row.rip.place == Place::kUndefined) return MakeRule(RuleKind::kEnd);
  if (row.cfa_expression.end != row.cfa_expression.start) {
    return RuleOfExpression(row, is_signal_frame);
  }
  int64_t rbp_offset;
  if (is_signal_frame || row.rip.place != Place::kAtCfaOffset || row.rip.offset != -8 ||
      !ReadRbpOffset(row.rbp, &rbp_offset)) {
    return not_understood;
  }
  if (row.cfa_register == kDwarfRsp) {
    return MakeRule(RuleKind::kFromRsp, row.cfa_offset, rbp_offset);
  }
  if (row.cfa_register == kDwarfRbp) {
    return MakeRule(RuleKind::kFromRbp, row.cfa_offset, rbp_offset);
  }
  if (row.cfa_register == kDwarfRbx) {
    return MakeRule(RuleKind::kFromRbx, row.cfa_offset, rbp_offset);
  }
  return not_understood;
}

}  // namespace seep::probe::unwind
