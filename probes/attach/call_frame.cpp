// SPDX-License-Identifier: Apache-2.0
#include "probes/attach/call_frame.h"

#include <cpuid.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace seep::attach {
namespace {

using model::Errc;
using model::Fail;

// The kernel's struct ucontext; glibc's has the same beginning and a larger end.
struct KernelContext {
  uint64_t flags;
  uint64_t link;
  stack_t stack;
  mcontext_t machine;  // struct sigcontext
  uint64_t signal_mask;
};
static_assert(sizeof(mcontext_t) == 256);

// asm/ucontext.h
constexpr uint64_t kHasVectorState = 1;
constexpr uint64_t kHasStackSegment = 2;
constexpr uint64_t kStrictStackSegment = 4;

// asm/sigcontext.h: struct _fpx_sw_bytes, in the software-reserved end of the FXSAVE area.
struct VectorFooter {
  uint32_t magic;
  uint32_t extended_bytes;  // with the second magic behind the state
  uint64_t features;
  uint32_t state_bytes;
  uint32_t padding[7];
};
static_assert(sizeof(VectorFooter) == 48);
constexpr size_t kFooterOffset = 464;
constexpr uint32_t kMagic1 = 0x46505853;
constexpr uint32_t kMagic2 = 0x46505845;
constexpr size_t kFeaturesInUseOffset = 512;  // XSTATE_BV of the XSAVE header

constexpr uint64_t kTileFeatures = uint64_t{3} << 17;  // AMX: only threads that asked have it

constexpr uint64_t kRedZoneBytes = 128;

uint64_t AlignDown(uint64_t value, uint64_t alignment) {
  return value & ~(alignment - 1);
}

// Size of the XSAVE area for `features`: sigreturn takes no larger one.
uint32_t StateBytes(uint64_t features) {
  uint32_t bytes = 576;  // legacy area and header
  for (uint32_t feature = 2; feature < 63; ++feature) {
    uint32_t size = 0, offset = 0, c = 0, d = 0;
    if ((features >> feature & 1) == 0 ||
        __get_cpuid_count(13, feature, &size, &offset, &c, &d) == 0) {
      continue;
    }
    bytes = std::max(bytes, offset + size);
  }
  return bytes;
}

void FillRegisters(const Registers& registers, gregset_t& to) {
  to[REG_R8] = static_cast<greg_t>(registers.r8);
  to[REG_R9] = static_cast<greg_t>(registers.r9);
  to[REG_R10] = static_cast<greg_t>(registers.r10);
  to[REG_R11] = static_cast<greg_t>(registers.r11);
  to[REG_R12] = static_cast<greg_t>(registers.r12);
  to[REG_R13] = static_cast<greg_t>(registers.r13);
  to[REG_R14] = static_cast<greg_t>(registers.r14);
  to[REG_R15] = static_cast<greg_t>(registers.r15);
  to[REG_RDI] = static_cast<greg_t>(registers.rdi);
  to[REG_RSI] = static_cast<greg_t>(registers.rsi);
  to[REG_RBP] = static_cast<greg_t>(registers.rbp);
  to[REG_RBX] = static_cast<greg_t>(registers.rbx);
  to[REG_RDX] = static_cast<greg_t>(registers.rdx);
  to[REG_RAX] = static_cast<greg_t>(registers.rax);
  to[REG_RCX] = static_cast<greg_t>(registers.rcx);
  to[REG_RSP] = static_cast<greg_t>(registers.rsp);
  to[REG_RIP] = static_cast<greg_t>(registers.rip);
  to[REG_EFL] = static_cast<greg_t>(registers.eflags);
  // cs, gs, fs, ss, 16 bits each; of gs and fs only the bases matter, and they are left alone.
  to[REG_CSGSFS] = static_cast<greg_t>((registers.cs & 0xffff) | (registers.ss & 0xffff) << 48);
}

}  // namespace

model::Result<CallFrame> PushCallFrame(const Memory& memory, const ThreadState& state,
                                       uint64_t sigreturn, size_t data_bytes) {
  uint64_t features = 0;
  uint64_t features_in_use = 0;
  if (state.vectors.size() < kFeaturesInUseOffset + sizeof(features_in_use)) {
    return Fail(Errc::kUnsupported, "the kernel does not give the vector registers of a thread");
  }
  // The kernel writes the enabled features where a signal frame has them, behind two words.
  memcpy(&features, state.vectors.data() + kFooterOffset, sizeof(features));
  memcpy(&features_in_use, state.vectors.data() + kFeaturesInUseOffset, sizeof(features_in_use));
  if ((features_in_use & kTileFeatures) != 0) {
    return Fail(Errc::kBusy, "the thread uses AMX tiles");
  }
  features &= ~kTileFeatures;
  const uint32_t state_bytes =
      std::min(StateBytes(features), static_cast<uint32_t>(state.vectors.size()));
  const VectorFooter footer{
      kMagic1, static_cast<uint32_t>(state_bytes + sizeof(kMagic2)), features, state_bytes, {}};

  CallFrame frame;
  uint64_t top = state.registers.rsp - kRedZoneBytes;
  frame.data = top = AlignDown(top - data_bytes, 16);
  const uint64_t vectors = top = AlignDown(top - state_bytes - sizeof(kMagic2), 64);
  // The function finds its stack as after a call: 8 bytes off a multiple of 16.
  frame.stack_pointer = AlignDown(top - sizeof(KernelContext) - 8, 16) - 8;

  std::vector<char> image(frame.data + data_bytes - frame.stack_pointer);
  const auto put = [&](uint64_t address, const void* from, size_t bytes) {
    memcpy(image.data() + (address - frame.stack_pointer), from, bytes);
  };
  KernelContext context{};
  context.flags = kHasVectorState | kHasStackSegment | kStrictStackSegment;
  // An impossible mode: the thread's alternate signal stack, which we cannot read, is left as it is
  // (the kernel passes over every failure but EFAULT, signal.c: restore_altstack).
  context.stack.ss_flags = 0x7777;
  FillRegisters(WithRestart(state.registers), context.machine.gregs);
  context.machine.fpregs = reinterpret_cast<fpregset_t>(vectors);
  context.signal_mask = state.signal_mask;
  put(frame.stack_pointer, &sigreturn, sizeof(sigreturn));
  put(frame.stack_pointer + 8, &context, sizeof(context));
  put(vectors, state.vectors.data(), state_bytes);
  put(vectors + kFooterOffset, &footer, sizeof(footer));
  put(vectors + state_bytes, &kMagic2, sizeof(kMagic2));
  if (!memory.Write(frame.stack_pointer, image.data(), image.size())) {
    return model::FailErrno("the stack of the thread");
  }
  return frame;
}

std::optional<uint64_t> FindSigreturn(const Memory& memory, uint64_t text_start,
                                      uint64_t text_end) {
  constexpr std::array<char, kSigreturnBytes> kCode{'\x48', '\xc7', '\xc0', '\x0f', '\0',
                                                    '\0',   '\0',   '\x0f', '\x05'};
  const auto text = memory.ReadMany<char>(text_start, text_end - text_start);
  const auto found = std::search(text.begin(), text.end(), kCode.begin(), kCode.end());
  if (found == text.end()) return std::nullopt;
  return text_start + static_cast<uint64_t>(found - text.begin());
}

}  // namespace seep::attach
