// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/stack_table.h"

#include <cstring>

#include "probes/preload/ledger_growth.h"

namespace seep::probe {
namespace {

using ledger::StackSlot;

constexpr auto kRelaxed = std::memory_order_relaxed;

bool Matches(LedgerView view, const StackSlot& slot, uint64_t hash, const CapturedStack& stack) {
  if (slot.hash != hash) return false;
  const uint64_t shape = slot.shape.load(kRelaxed);
  return ledger::ShapeFrameCount(shape) == stack.count &&
         ledger::ShapeMapping(shape) == stack.is_mapping &&
         memcmp(view.frames() + ledger::ShapeFirstFrame(shape), stack.frames,
                stack.count * sizeof(uint64_t)) == 0;
}

// Takes a slot and room for its frames, fills and publishes them. kOverflowStack when a table is
// full.
uint32_t AddStack(LedgerView view, uint64_t hash, const CapturedStack& stack) {
  // The frames first: a full arena must not burn stack slots too.
  uint64_t first_frame;
  if (!TakeFrames(view, stack.count, &first_frame)) {
    view.CountLoss(ledger::kLossFrameArena);
    return ledger::kOverflowStack;
  }
  uint64_t id;
  if (!TakeStack(view, &id)) {
    view.CountLoss(ledger::kLossStackTable);
    return ledger::kOverflowStack;
  }
  memcpy(view.frames() + first_frame, stack.frames, stack.count * sizeof(uint64_t));
  StackSlot& slot = view.stacks()[id];
  slot.hash = hash;
  // Pairs with the acquire loads in FindOrAddStack (through the index) and in the reader.
  slot.shape.store(ledger::PackShape(static_cast<uint32_t>(first_frame), stack.count,
                                     stack.is_truncated, stack.is_mapping),
                   std::memory_order_release);
  return static_cast<uint32_t>(id);
}

std::atomic<uint32_t>* IndexOf(LedgerView view, uint64_t generation) {
  return view.stack_index() + ledger::IndexAt(generation);
}

// The slot of this stack in a generation of the index; `id`, if it has none, is entered there.
// kOverflowStack: neither, and `id` is 0 or there is no place.
uint32_t FindOrEnter(LedgerView view, uint64_t generation, uint64_t hash,
                     const CapturedStack& stack, uint32_t id) {
  std::atomic<uint32_t>* index = IndexOf(view, generation);
  const uint64_t mask = ledger::IndexPlaces(generation) - 1;
  for (uint64_t probe = 0; probe <= mask; ++probe) {
    std::atomic<uint32_t>& place = index[(hash + probe) & mask];
    uint32_t found = place.load(std::memory_order_acquire);
    if (found == 0 && (id == 0 || place.compare_exchange_strong(found, id))) return id;
    // Perhaps another thread has just taken the place: its stack may be ours.
    if (Matches(view, view.stacks()[found], hash, stack)) return found;
  }
  return ledger::kOverflowStack;
}

// Copies the entries of a generation into the next, while other threads go on with both: who did
// not see the target yet had entered its stack before, and is seen here.
void CopyIndex(LedgerView view, uint64_t generation) {
  const std::atomic<uint32_t>* index = IndexOf(view, generation);
  std::atomic<uint32_t>* larger = IndexOf(view, generation + 1);
  const uint64_t mask = ledger::IndexPlaces(generation + 1) - 1;
  for (uint64_t at = 0; at < ledger::IndexPlaces(generation); ++at) {
    const uint32_t id = index[at].load();
    if (id == 0) continue;
    const uint64_t hash = view.stacks()[id].hash;
    for (uint64_t probe = 0; probe <= mask; ++probe) {
      uint32_t found = 0;
      std::atomic<uint32_t>& place = larger[(hash + probe) & mask];
      if (place.compare_exchange_strong(found, id) || found == id) break;
    }
  }
}

// An index that is half full is copied into one of twice the size.
void GrowIndexWhenFull(LedgerView view, uint64_t generation) {
  ledger::Header& header = view.header();
  if (header.stacks_used.load(kRelaxed) < ledger::IndexPlaces(generation) / 2) return;
  const GrowthTurn turn(view);
  if (!turn.is_ours() || header.stack_index_generation.load() != generation ||
      !turn.PopulateIndex(header.stack_index, generation + 1)) {
    return;
  }
  header.stack_index_target.store(generation + 1);
  CopyIndex(view, generation);
  header.stack_index_generation.store(generation + 1);
}

}  // namespace

// Products that do not wait for each other, two frames each (after wyhash); HashStack of a short
// stack is on the path of every allocation in exact mode.
uint64_t HashStack(const CapturedStack& stack) {
  const auto fold = [](uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  constexpr uint64_t kFirst = 0xa0761d6478bd642f;
  constexpr uint64_t kSecond = 0xe7037ed1a0b428db;
  uint64_t sum = stack.count + (stack.is_mapping ? ledger::kMaxFrames + 1 : 0);
  uint32_t i = 0;
  for (; i + 1 < stack.count; i += 2) {
    sum += fold(stack.frames[i] ^ (kFirst + i * kSecond), stack.frames[i + 1] ^ (kSecond - i));
  }
  if (i < stack.count) sum += fold(stack.frames[i] ^ kFirst, kSecond + i);
  const uint64_t hash = MixBits(sum);
  return hash != 0 ? hash : 1;
}

uint32_t FindOrAddStack(LedgerView view, const CapturedStack& stack) {
  const uint64_t hash = HashStack(stack);
  const ledger::Header& header = view.header();
  const uint64_t generation = header.stack_index_generation.load(std::memory_order_acquire);
  const uint32_t known = FindOrEnter(view, generation, hash, stack, 0);
  if (known != ledger::kOverflowStack) return known;
  const uint32_t added = AddStack(view, hash, stack);
  if (added == ledger::kOverflowStack) return added;
  // Another thread may have been faster: then the slot that we have filled is lost.
  uint32_t id = FindOrEnter(view, generation, hash, stack, added);
  GrowIndexWhenFull(view, generation);
  const uint64_t target = header.stack_index_target.load();
  if (target != generation) id = FindOrEnter(view, target, hash, stack, id);
  if (id == ledger::kOverflowStack) view.CountLoss(ledger::kLossStackTable);
  return id;
}

void CountAlloc(LedgerView view, uint32_t stack_id, const Estimate& estimate) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.alloc_bytes.fetch_add(estimate.bytes, kRelaxed);
  slot.alloc_objects_q16.fetch_add(estimate.objects_q16, kRelaxed);
  slot.alloc_samples.fetch_add(1, kRelaxed);
}

void CountFree(LedgerView view, uint32_t stack_id, const Estimate& estimate) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.free_bytes.fetch_add(estimate.bytes, kRelaxed);
  slot.free_objects_q16.fetch_add(estimate.objects_q16, kRelaxed);
  slot.free_samples.fetch_add(1, kRelaxed);
}

void CountMapped(LedgerView view, uint32_t stack_id, uint64_t bytes, uint64_t mappings) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.alloc_bytes.fetch_add(bytes, kRelaxed);
  slot.alloc_objects_q16.fetch_add(mappings << 16, kRelaxed);
  slot.alloc_samples.fetch_add(mappings, kRelaxed);
}

void CountUnmapped(LedgerView view, uint32_t stack_id, uint64_t bytes, uint64_t mappings) {
  StackSlot& slot = view.stacks()[stack_id];
  slot.free_bytes.fetch_add(bytes, kRelaxed);
  slot.free_objects_q16.fetch_add(mappings << 16, kRelaxed);
  slot.free_samples.fetch_add(mappings, kRelaxed);
}

}  // namespace seep::probe
