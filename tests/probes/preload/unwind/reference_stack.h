// SPDX-License-Identifier: Apache-2.0
// libgcc's reading of the calling thread's stack, which the probe's is compared with.
#pragma once

#include <unwind.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "probes/preload/unwinder.h"

// Addresses as the probe keeps them: of a frame that a signal interrupted, the address + 1.
// No allocation: also filled in handlers that interrupt malloc.
struct FrameList {
  uint64_t frames[256];
  size_t count = 0;

  void Add(uint64_t address) {
    if (count < std::size(frames)) frames[count++] = address;
  }
  const uint64_t* begin() const { return frames; }
  const uint64_t* end() const { return frames + count; }
  bool Has(uint64_t address) const { return std::find(begin(), end(), address) != end(); }
  bool operator==(const FrameList& other) const {
    return std::equal(begin(), end(), other.begin(), other.end());
  }
};

[[gnu::noinline]] inline FrameList ReferenceStack() {
  FrameList list;
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* argument) {
        int is_interrupted = 0;
        const uint64_t address = _Unwind_GetIPInfo(context, &is_interrupted);
        if (address == 0) return _URC_END_OF_STACK;
        static_cast<FrameList*>(argument)->Add(address + (is_interrupted != 0 ? 1 : 0));
        return _URC_NO_REASON;
      },
      &list);
  return list;
}

inline FrameList Addresses(seep::probe::LedgerView view, const seep::probe::CapturedStack& stack) {
  FrameList list;
  for (uint32_t i = 0; i < stack.count; ++i) {
    const uint32_t module = seep::ledger::FrameModule(stack.frames[i]);
    list.Add(view.modules()[module].load_bias + seep::ledger::FrameAddress(stack.frames[i]));
  }
  return list;
}

// Both readings of one stack from the caller of CaptureBoth on: what lies above is each one's own.
struct StackPair {
  FrameList ours;
  FrameList reference;
  bool is_truncated = false;

  bool is_equal() const { return ours == reference && ours.count != 0; }
  // Ours ends early, but is right as far as it goes.
  bool is_prefix() const {
    return ours.count < reference.count && std::equal(ours.begin(), ours.end(), reference.begin());
  }
  std::string Text() const {
    std::string text;
    char line[64];
    for (size_t i = 0; i < ours.count || i < reference.count; ++i) {
      snprintf(line, sizeof(line), "%16lx %16lx\n", i < ours.count ? ours.frames[i] : 0,
               i < reference.count ? reference.frames[i] : 0);
      text += line;
    }
    return text;
  }
};

[[gnu::noinline]] inline StackPair CaptureBoth(seep::probe::LedgerView view) {
  const auto caller = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  const auto from_caller = [caller](const FrameList& all) {
    FrameList list;
    std::for_each(std::find(all.begin(), all.end(), caller), all.end(),
                  [&](uint64_t address) { list.Add(address); });
    return list;
  };
  seep::probe::CapturedStack stack;
  seep::probe::CaptureStack(view, {}, nullptr, &stack);
  return {from_caller(Addresses(view, stack)), from_caller(ReferenceStack()), stack.is_truncated};
}
