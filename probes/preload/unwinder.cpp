// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwinder.h"

#include <unwind.h>

#include "probes/preload/module_table.h"

namespace seep::probe {
namespace {

struct Walk {
  FramePacker packer;
  AddressRange skip;
  CapturedStack* stack;
  uint64_t previous_cfa;
};

_Unwind_Reason_Code OnFrame(_Unwind_Context* context, void* argument) {
  Walk& walk = *static_cast<Walk*>(argument);
  int is_before_instruction = 0;  // set in a frame interrupted by a signal
  uint64_t address = _Unwind_GetIPInfo(context, &is_before_instruction);
  const uint64_t cfa = _Unwind_GetCFA(context);
  if (address == 0) return _URC_END_OF_STACK;
  CapturedStack& stack = *walk.stack;
  if (stack.count == 0 && address >= walk.skip.start && address < walk.skip.end) {
    walk.previous_cfa = cfa;
    return _URC_NO_REASON;
  }
  if (stack.count == ledger::kMaxFrames) {
    stack.is_truncated = true;
    return _URC_END_OF_STACK;
  }
  // Every stored frame is a return address; a reader looks up address - 1.
  stack.frames[stack.count++] = walk.packer.Pack(address + (is_before_instruction != 0 ? 1 : 0));
  // Unwind data that leads round in circles (fibers, hand-written code) ends here.
  if (cfa == walk.previous_cfa && is_before_instruction == 0) return _URC_END_OF_STACK;
  walk.previous_cfa = cfa;
  return _URC_NO_REASON;
}

}  // namespace

void CaptureStack(LedgerView view, const AddressRange& skip, CapturedStack* stack) {
  stack->count = 0;
  stack->is_truncated = false;
  Walk walk{FramePacker(view), skip, stack, 0};
  _Unwind_Backtrace(&OnFrame, &walk);
  if (stack->is_truncated) view.CountLoss(ledger::kLossTruncated);
  if (stack->count == 0) view.CountLoss(ledger::kLossNoFrames);
}

}  // namespace seep::probe
