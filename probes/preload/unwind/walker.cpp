// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwind/walker.h"

#include "probes/preload/module_table.h"
#include "probes/preload/unwind/rare_step.h"
#include "probes/preload/unwind/rule_cache.h"
#include "probes/preload/unwind/stack_memory.h"
#include "probes/preload/unwind/unwind_table.h"
#include "probes/preload/unwind/walk_trace.h"

namespace seep::probe::unwind {
namespace {

// Leading frames of the probe itself are fewer: a walk that stays there goes round in circles.
constexpr uint32_t kMaxSkipped = 32;

// About a microsecond: finds the object, its unwind data, and its place among the modules.
Rule Learn(LedgerView view, uint64_t return_address, RuleCache::Generation generation) {
  const uint64_t frame = FramePacker(view).Pack(return_address);
  const Rule learned = WithModule(RuleOfCaller(return_address), ledger::FrameModule(frame));
  rule_cache.Insert(return_address, generation, learned);
  return learned;
}

[[gnu::cold, gnu::noinline]] Rule SearchOrLearn(LedgerView view, uint64_t return_address,
                                                RuleCache::Generation generation) {
  bool is_found;
  const Rule rule = rule_cache.FindElsewhere(return_address, generation, &is_found);
  return is_found ? rule : Learn(view, return_address, generation);
}

// In place of a WalkTrace.
struct NoTrace {
  void Begin(const Registers&) {}
  void AddWord(uint64_t, uint64_t) {}
  void UsesFirstRbp() {}
  void Abandon() {}
};

template <typename Trace>
[[gnu::always_inline]] inline WalkEnd Walk(LedgerView view, const Registers& from,
                                           const AddressRange& skip, CapturedStack* stack,
                                           Trace& trace) {
  trace.Begin(from);
  const RuleCache::Generation generation = rule_cache.Use(view.Number());
  const ledger::Module* const modules = view.modules();
  // The loop holds a position in registers; the rare steps get it as a whole.
  uint64_t return_address = from.return_address;
  uint64_t rsp = from.rsp;
  uint64_t rbp = from.rbp;
  uint64_t rbp_loaded_from = 0;
  MemoryRange readable = ReadableFrom(rsp);
  uint64_t interrupted_at = return_address;
  const auto rarely = [&](auto step) {
    trace.Abandon();
    Position at{{return_address, rsp, rbp}, readable, interrupted_at, &from};
    const bool is_done = step(&at);
    return_address = at.registers.return_address;
    rsp = at.registers.rsp;
    rbp = at.registers.rbp;
    readable = at.readable;
    interrupted_at = at.interrupted_at;
    return is_done;
  };
  WalkEnd end = WalkEnd::kLost;
  uint32_t count = 0;
  uint32_t skipped = 0;
  for (;;) {
    if (__builtin_expect((return_address - 1) >> (kAddressBits - 1) != 0, 0)) {
      if (return_address == 0) end = WalkEnd::kOutermost;
      break;
    }
    bool is_found;
    Rule rule = rule_cache.FindFirst(return_address, generation, &is_found);
    if (__builtin_expect(!is_found, 0)) rule = SearchOrLearn(view, return_address, generation);
    if (count == 0 && return_address >= skip.start && return_address < skip.end) {
      if (++skipped > kMaxSkipped) break;
    } else {
      if (count == ledger::kMaxFrames) {
        end = WalkEnd::kFull;
        break;
      }
      // As ledger::PackFrame: the difference is an ELF address, below 2^48. Module 0 has no bias.
      const uint64_t module = rule.module();
      stack->frames[count++] =
          return_address - modules[module].load_bias + (module << ledger::kFrameAddressBits);
    }
    if (__builtin_expect(!rule.is_common(), 0)) {
      if (rule.kind() == RuleKind::kEnd) {
        end = WalkEnd::kOutermost;
        break;
      }
      if (!rarely([&](Position* at) { return TakeRareStep(rule, at); })) break;
      continue;
    }
    if (rule.is_from_rbp()) {
      rbp_loaded_from != 0 ? trace.AddWord(rbp_loaded_from, rbp) : trace.UsesFirstRbp();
    }
    const uint64_t base = rule.is_from_rbp() ? rbp : rsp;
    const uint64_t cfa = base + static_cast<uint64_t>(rule.cfa_offset());
    const int64_t rbp_offset = rule.rbp_offset();
    const uint64_t rbp_at = cfa + static_cast<uint64_t>(rbp_offset);
    if (__builtin_expect(cfa <= rsp || cfa > readable.end || rbp_at < readable.start, 0) &&
        !rarely([&](Position* at) { return LeaveReadable(cfa, rbp_at, at); })) {
      break;
    }
    const uint64_t saved_rbp = LoadWord(rbp_at);
    return_address = LoadWord(cfa - 8);
    trace.AddWord(cfa - 8, return_address);
    rsp = cfa;
    rbp_loaded_from = rbp_offset == kRbpKept ? rbp_loaded_from : rbp_at;
    rbp = rbp_offset == kRbpKept ? rbp : saved_rbp;
  }
  stack->count = count;
  return end;
}

}  // namespace

WalkEnd WalkStack(LedgerView view, const Registers& from, const AddressRange& skip,
                  CapturedStack* stack) {
  NoTrace none;
  return Walk(view, from, skip, stack, none);
}

WalkEnd TraceStack(LedgerView view, const Registers& from, const AddressRange& skip,
                   CapturedStack* stack, WalkTrace* trace) {
  return Walk(view, from, skip, stack, *trace);
}

}  // namespace seep::probe::unwind
