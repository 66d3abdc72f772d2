// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwinder.h"

#include "probes/preload/module_table.h"
#include "probes/preload/process.h"
#include "probes/preload/unwind/rule_cache.h"
#include "probes/preload/unwind/walk_trace.h"

namespace seep::probe {
namespace {

// True when every frame still belongs to the module it was packed with: then every rule was the
// right one too. A rule of an unloaded object is met first at an address that another object holds
// now, and up to there the walk was right.
[[gnu::cold, gnu::noinline]] bool IsAsLoaded(LedgerView view, const CapturedStack& stack) {
  FramePacker packer(view);
  for (uint32_t i = 0; i < stack.count; ++i) {
    const uint64_t frame = stack.frames[i];
    const uint64_t bias = view.modules()[ledger::FrameModule(frame)].load_bias;
    if (packer.Pack(bias + ledger::FrameAddress(frame)) != frame) return false;
  }
  return true;
}

}  // namespace

[[gnu::noinline]] void CaptureStack(LedgerView view, const AddressRange& skip,
                                    const unwind::Registers* from, CapturedStack* stack,
                                    unwind::WalkTrace* trace) {
  unwind::Registers here;
  asm volatile(
      "leaq 0f(%%rip), %0\n"
      "0: movq %%rsp, %1\n"
      "movq %%rbp, %2\n"
      "movq %%rbx, %3"
      : "=&r"(here.return_address), "=&r"(here.rsp), "=&r"(here.rbp), "=m"(here.rbx));
  here.return_address += 1;
  unwind::WalkEnd end = unwind::WalkEnd::kLost;
  if (from != nullptr) {
    end = trace != nullptr ? unwind::TraceStack(view, *from, skip, stack, trace)
                           : unwind::WalkStack(view, *from, skip, stack);
  }
  if (trace != nullptr && end != unwind::WalkEnd::kOutermost) trace->Abandon();
  if (end == unwind::WalkEnd::kLost) end = unwind::WalkStack(view, here, skip, stack);
  if (__builtin_expect(unwind::rule_cache.IsCheckDue(BirthTicks(view)), 0) &&
      !IsAsLoaded(view, *stack)) {
    unwind::rule_cache.Invalidate();
    if (trace != nullptr) trace->Abandon();
    end = unwind::WalkStack(view, here, skip, stack);
  }
  stack->is_truncated = end != unwind::WalkEnd::kOutermost;
  if (end == unwind::WalkEnd::kFull) view.CountLoss(ledger::kLossTruncated);
  if (end == unwind::WalkEnd::kLost) view.CountLoss(ledger::kLossStackEnd);
  if (stack->count == 0) view.CountLoss(ledger::kLossNoFrames);
}

}  // namespace seep::probe
