// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/stack_table.h"

#include <cstring>

namespace seep::probe {
namespace {

using ledger::StackSlot;

constexpr auto kRelaxed = std::memory_order_relaxed;

uint64_t HashStack(const CapturedStack& stack) {
  uint64_t hash = MixBits(stack.count + 1);
  for (uint32_t i = 0; i < stack.count; ++i) hash = MixBits(hash ^ stack.frames[i]);
  return hash != 0 ? hash : 1;
}

bool Matches(LedgerView view, const StackSlot& slot, uint64_t hash, const CapturedStack& stack) {
  if (slot.hash != hash) return false;
  const uint64_t shape = slot.shape.load(kRelaxed);
  return ledger::ShapeFrameCount(shape) == stack.count &&
         memcmp(view.frames() + ledger::ShapeFirstFrame(shape), stack.frames,
                stack.count * sizeof(uint64_t)) == 0;
}

// Takes a slot and room for its frames, fills and publishes them. 0 when a table is full.
uint32_t AddStack(LedgerView view, uint64_t hash, const CapturedStack& stack) {
  ledger::Header& header = view.header();
  // The frames first: a full arena must not burn stack slots too.
  const uint64_t first_frame = header.frames_used.fetch_add(stack.count, kRelaxed);
  if (first_frame + stack.count > ledger::kFrameCapacity) {
    header.frames_used.fetch_sub(stack.count, kRelaxed);
    view.CountLoss(ledger::kLossFrameArena);
    return ledger::kOverflowStack;
  }
  const uint64_t id = header.stacks_used.fetch_add(1, kRelaxed);
  if (id >= ledger::kStackCapacity) {
    header.stacks_used.fetch_sub(1, kRelaxed);
    view.CountLoss(ledger::kLossStackTable);
    return ledger::kOverflowStack;
  }
  memcpy(view.frames() + first_frame, stack.frames, stack.count * sizeof(uint64_t));
  StackSlot& slot = view.stacks()[id];
  slot.hash = hash;
  // Pairs with the acquire loads in FindOrAddStack (through the index) and in the reader.
  slot.shape.store(
      ledger::PackShape(static_cast<uint32_t>(first_frame), stack.count, stack.is_truncated),
      std::memory_order_release);
  return static_cast<uint32_t>(id);
}

}  // namespace

uint32_t FindOrAddStack(LedgerView view, const CapturedStack& stack) {
  constexpr uint64_t kMask = ledger::kStackIndexCapacity - 1;
  static_assert((ledger::kStackIndexCapacity & kMask) == 0);
  const uint64_t hash = HashStack(stack);
  std::atomic<uint32_t>* index = view.stack_index();
  uint32_t added = ledger::kOverflowStack;
  // The index holds at most half its capacity: the probe ends at an empty place.
  for (uint64_t probe = 0; probe <= kMask; ++probe) {
    std::atomic<uint32_t>& place = index[(hash + probe) & kMask];
    uint32_t id = place.load(std::memory_order_acquire);
    if (id == 0) {
      if (added == ledger::kOverflowStack) added = AddStack(view, hash, stack);
      if (added == ledger::kOverflowStack) return added;
      if (place.compare_exchange_strong(id, added, std::memory_order_acq_rel)) return added;
      // Another thread took the place; `id` is its stack, which may be ours.
    }
    if (Matches(view, view.stacks()[id], hash, stack)) return id;
  }
  view.CountLoss(ledger::kLossStackTable);
  return ledger::kOverflowStack;
}

void CountAlloc(LedgerView view, uint32_t stack_id, const Estimate& estimate) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.alloc_bytes.fetch_add(estimate.bytes, kRelaxed);
  slot.alloc_objects_q16.fetch_add(estimate.objects_q16, kRelaxed);
  slot.alloc_samples.fetch_add(1, kRelaxed);
  view.header().samples.fetch_add(1, kRelaxed);
}

void CountFree(LedgerView view, uint32_t stack_id, const Estimate& estimate) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.free_bytes.fetch_add(estimate.bytes, kRelaxed);
  slot.free_objects_q16.fetch_add(estimate.objects_q16, kRelaxed);
  slot.free_samples.fetch_add(1, kRelaxed);
  view.header().sampled_frees.fetch_add(1, kRelaxed);
}

}  // namespace seep::probe
