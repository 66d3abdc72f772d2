// SPDX-License-Identifier: Apache-2.0
// Code without unwind data, as a JIT compiler makes it, that calls back.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "tests/probes/preload/scratch_ledger.h"
#include "tests/probes/preload/unwind/reference_stack.h"

using namespace seep;
using namespace seep::probe;

namespace {

LedgerView g_view;
FrameList g_frames;
bool g_is_truncated;

void CaptureInCallback() {
  CapturedStack stack;
  CaptureStack(g_view, {}, nullptr, &stack);
  g_frames = Addresses(g_view, stack);
  g_is_truncated = stack.is_truncated;
}

struct Code {
  char* start;
  explicit Code(std::initializer_list<uint8_t> bytes) {
    start = static_cast<char*>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(start != MAP_FAILED);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<uint8_t*>(start));
  }
  ~Code() { munmap(start, 4096); }
  bool Holds(uint64_t address) const { return address - reinterpret_cast<uint64_t>(start) < 4096; }
};

uint64_t g_return_address;  // into the caller of the code
[[gnu::noipa]] void CallCode(const Code& code) {
  reinterpret_cast<void (*)(void (*)())>(code.start)(&CaptureInCallback);
  asm volatile("");
}
[[gnu::noipa]] void CallCodeFrom(const Code& code) {
  g_return_address = reinterpret_cast<uint64_t>(__builtin_return_address(0));
  CallCode(code);
  asm volatile("");
}

long FramesIn(const Code& code) {
  return std::count_if(g_frames.begin(), g_frames.end(),
                       [&](uint64_t address) { return code.Holds(address); });
}

}  // namespace

TEST_CASE("code without unwind data is passed by its frame pointers") {
  ScratchLedger ledger;
  g_view = ledger.view;
  // push %rbp; mov %rsp,%rbp; sub $32,%rsp; call *%rdi; leave; ret
  const Code code{0x55, 0x48, 0x89, 0xe5, 0x48, 0x83, 0xec, 0x20, 0xff, 0xd7, 0xc9, 0xc3};
  CallCodeFrom(code);
  CHECK(FramesIn(code) == 1);
  CHECK(g_frames.Has(g_return_address));
  CHECK_FALSE(g_is_truncated);
  CHECK(ledger.view.header().losses[ledger::kLossStackEnd].load() == 0);
}

TEST_CASE("two frames without unwind data are passed one after the other") {
  ScratchLedger ledger;
  g_view = ledger.view;
  // push %rbp; mov %rsp,%rbp; call inner; pop %rbp; ret; inner: push %rbp; mov %rsp,%rbp;
  // call *%rdi; pop %rbp; ret
  const Code code{0x55, 0x48, 0x89, 0xe5, 0xe8, 2,    0,    0,    0,   0x5d,
                  0xc3, 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
  CallCodeFrom(code);
  CHECK(FramesIn(code) == 2);
  CHECK(g_frames.Has(g_return_address));
}

TEST_CASE("a stack ends at code with neither unwind data nor frame pointers, and says so") {
  ScratchLedger ledger;
  g_view = ledger.view;
  // push %rbp; mov $64,%ebp; call *%rdi; pop %rbp; ret
  const Code code{0x55, 0xbd, 64, 0, 0, 0, 0xff, 0xd7, 0x5d, 0xc3};
  CallCodeFrom(code);
  REQUIRE(g_frames.count > 0);
  CHECK(code.Holds(g_frames.frames[g_frames.count - 1]));
  CHECK(g_is_truncated);
  CHECK(ledger.view.header().losses[ledger::kLossStackEnd].load() == 1);
}
