// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/rare_step.h"

#include "probes/preload/module_table.h"
#include "probes/preload/unwind/unwind_table.h"

namespace seep::probe::unwind {
namespace {

constexpr uint64_t kPageBytes = 4096;

bool MayLoad(const Position& at, uint64_t address) {
  return at.readable.Holds(address, 8) || IsReadable(address);
}

// The value of rbx at `target`, which the walk does not carry along: the way there is gone once
// more, by the unwind data itself. Seldom: an allocation while the loader binds a symbol.
bool RecoverRbx(const Position& target, uint64_t* rbx);

// Goes to the caller's frame at `cfa`, with the return address below it.
bool StepTo(uint64_t cfa, uint64_t rbp_at, Position* at) {
  const bool is_inside =
      cfa > at->registers.rsp && cfa <= at->readable.end && rbp_at >= at->readable.start;
  if (!is_inside && !LeaveReadable(cfa, rbp_at, at)) return false;
  const uint64_t rbp = rbp_at == cfa - 8 ? at->registers.rbp : LoadWord(rbp_at);
  at->registers = {LoadWord(cfa - 8), cfa, rbp};
  return true;
}

// The frame that the kernel made for a handler, at rsp: the interrupted registers are in it.
bool StepOverSignal(uint64_t saved_rsp_at, Position* at) {
  const uint64_t rip_at = saved_rsp_at + 8;
  const uint64_t rbp_at = saved_rsp_at - 40;
  if (!MayLoad(*at, saved_rsp_at) || !MayLoad(*at, rip_at) || !MayLoad(*at, rbp_at)) return false;
  const uint64_t rsp = LoadWord(saved_rsp_at);
  const uint64_t rip = LoadWord(rip_at);
  const bool is_same_stack = rsp > at->registers.rsp && at->readable.Holds(rsp, 8);
  // From a signal stack back to another one: all of it is asked for. It may have overflowed.
  if (!is_same_stack) at->readable = {};
  at->registers = {rip + 1, rsp, LoadWord(rbp_at)};
  at->interrupted_at = rip + 1;
  return rip != 0;
}

// Code without unwind data, as JIT compilers make it, may still keep frame pointers. They are
// believed when they lead, rising within the stack, through at most so many frames to a return
// address inside a loaded object.
bool StepByFramePointer(Position* at) {
  constexpr int kMaxFrames = 32;
  uint64_t frame = at->registers.rbp;
  uint64_t below = at->registers.rsp;
  for (int i = 0; i < kMaxFrames; ++i) {
    if (frame < below || frame % 8 != 0 || !MayLoad(*at, frame) || !MayLoad(*at, frame + 8)) {
      return false;
    }
    const uint64_t return_address = LoadWord(frame + 8);
    uint64_t start;
    uint64_t end;
    if (return_address == 0) return false;
    if (FindMapping(return_address - 1, &start, &end)) {
      return StepTo(at->registers.rbp + 16, at->registers.rbp, at);
    }
    below = frame + 16;
    frame = LoadWord(frame);
  }
  return false;
}

// Where the frame that `at` has come to by `rule` kept its caller's rbx; 0: still in the register.
uint64_t SavedRbxAt(Rule rule, const CfiRow& row, uint64_t rsp_before, const Position& at) {
  constexpr uint64_t kRbxFromRsp = 32;  // in the kernel's gregs, below rsp
  if (rule.kind() == RuleKind::kSignal) {
    return rsp_before + static_cast<uint64_t>(rule.cfa_offset()) - kRbxFromRsp;
  }
  return row.rbx.place == RegisterRule::Place::kAtCfaOffset
             ? at.registers.rsp + static_cast<uint64_t>(row.rbx.offset)
             : 0;
}

bool RecoverRbx(const Position& target, uint64_t* rbx) {
  constexpr int kMaxSteps = 128;
  Position at{*target.first, {}, target.first->return_address, target.first};
  *rbx = target.first->rbx;
  for (int step = 0; step < kMaxSteps; ++step) {
    const Registers before = at.registers;
    if (before.rsp == target.registers.rsp &&
        before.return_address == target.registers.return_address) {
      return true;
    }
    UnwindTable table;
    CfiRow row;
    if (!FindUnwindTable(before.return_address - 1, &table)) return false;
    const Rule rule = FindRuleAndRow(table, before.return_address - 1, &row);
    const auto offset = static_cast<uint64_t>(rule.cfa_offset());
    const bool is_done =
        rule.kind() == RuleKind::kFromRbx
            ? StepTo(*rbx + offset, *rbx + offset + static_cast<uint64_t>(rule.rbp_offset()), &at)
            : TakeRareStep(rule, &at);
    if (!is_done) return false;
    const uint64_t saved_at = SavedRbxAt(rule, row, before.rsp, at);
    if (saved_at != 0 && !MayLoad(at, saved_at)) return false;
    if (saved_at != 0) *rbx = LoadWord(saved_at);
  }
  return false;
}

}  // namespace

MemoryRange ReadableFrom(uint64_t rsp) {
  const MemoryRange own = OwnStackAt(rsp);
  return own.end != 0 ? MemoryRange{rsp, own.end} : MemoryRange{};
}

bool LeaveReadable(uint64_t cfa, uint64_t rbp_at, Position* at) {
  const uint64_t return_at = cfa - 8;
  if (cfa % 8 != 0 || return_at >= cfa) return false;
  const MemoryRange own = OwnStackAt(return_at);
  const bool is_on_own = own.end != 0 && at->readable.end == own.end;
  if (is_on_own || (cfa <= at->registers.rsp && at->readable.Holds(return_at, 8))) {
    return false;  // the stack is known: its frames do not rise, or lie outside of it
  }
  if (!IsReadable(return_at) || (rbp_at != return_at && !IsReadable(rbp_at))) return false;
  const uint64_t page = return_at & ~(kPageBytes - 1);
  at->readable = own.end != 0 ? MemoryRange{rbp_at < return_at ? rbp_at : return_at, own.end}
                              : MemoryRange{page, page + kPageBytes};
  return true;
}

bool TakeRareStep(Rule rule, Position* at) {
  const uint64_t rsp = at->registers.rsp;
  const uint64_t rbp = at->registers.rbp;
  const auto offset = static_cast<uint64_t>(rule.cfa_offset());
  const auto rbp_offset = static_cast<uint64_t>(rule.rbp_offset());
  switch (rule.kind()) {
    case RuleKind::kFromRsp:
      return StepTo(rsp + offset, rsp + offset + rbp_offset, at);
    case RuleKind::kFromRbp:
      return StepTo(rbp + offset, rbp + offset + rbp_offset, at);
    case RuleKind::kFromRbx: {
      uint64_t rbx;
      return RecoverRbx(*at, &rbx) && StepTo(rbx + offset, rbx + offset + rbp_offset, at);
    }
    case RuleKind::kFromRspMemory:
    case RuleKind::kFromRspMemory8: {
      if (!MayLoad(*at, rsp + offset)) return false;
      const uint64_t cfa =
          LoadWord(rsp + offset) + (rule.kind() == RuleKind::kFromRspMemory8 ? 8 : 0);
      return StepTo(cfa, cfa + rbp_offset, at);
    }
    case RuleKind::kFromRbpMemory:
    case RuleKind::kRealigned: {
      if (!MayLoad(*at, rbp + offset)) return false;
      const uint64_t cfa = LoadWord(rbp + offset);
      return StepTo(cfa, rule.kind() == RuleKind::kRealigned ? rbp : cfa + rbp_offset, at);
    }
    case RuleKind::kPlt: {
      const uint64_t address = at->registers.return_address;
      const uint64_t rip = address - (address == at->interrupted_at ? 1 : 0);
      const bool has_pushed = (rip & 15) >= rbp_offset / 8;
      const uint64_t cfa = rsp + offset + (has_pushed ? 8 : 0);
      return StepTo(cfa, cfa - 8, at);
    }
    case RuleKind::kSignal:
      return StepOverSignal(rsp + offset, at);
    case RuleKind::kNoUnwindData:
      if (!IsMainStackRoot(rsp)) return StepByFramePointer(at);
      // ld.so's entry code, which calls the constructors of libraries: nobody called it.
      at->registers.return_address = 0;
      return true;
    default:
      return false;
  }
}

}  // namespace seep::probe::unwind
