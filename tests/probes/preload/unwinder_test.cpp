// SPDX-License-Identifier: Apache-2.0
#include "probes/preload/unwinder.h"

#include <dlfcn.h>

#include "probes/preload/module_table.h"
#include "tests/probes/preload/scratch_ledger.h"

using namespace seep;
using namespace seep::probe;

namespace {

constexpr int kDeep = 200;

// glibc's own, also where a sanitizer has put itself in front of it.
using Backtrace = int (*)(void**, int);
Backtrace GlibcBacktrace() {
  static void* libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  return reinterpret_cast<Backtrace>(dlsym(libc, "backtrace"));
}

struct Capture {
  LedgerView view;
  CapturedStack stack;
  void* expected[kDeep * 2];
  int expected_count = 0;
};

// Depth grows by real calls; the sum keeps the compiler from turning them into a loop.
[[gnu::noinline]] int Descend(Capture& capture, int depth) {
  if (depth == 0) {
    capture.expected_count = GlibcBacktrace()(capture.expected, kDeep * 2);
    CaptureStack(capture.view, {}, nullptr, &capture.stack);
    return 1;
  }
  const int below = Descend(capture, depth - 1);
  asm volatile("" ::: "memory");
  return below + 1;
}

uint64_t RunTimeAddress(LedgerView view, uint64_t frame) {
  const uint32_t module = ledger::FrameModule(frame);
  const uint64_t bias = module == ledger::kNoModule ? 0 : view.modules()[module].load_bias;
  return bias + ledger::FrameAddress(frame);
}

}  // namespace

TEST_CASE("the captured stack is glibc's backtrace, frame by frame") {
  ScratchLedger scratch;
  Capture capture{.view = scratch.view, .stack = {}, .expected = {}};
  Descend(capture, 20);
  // Both name Descend(0) itself differently: from its caller on, all frames are the same. Ours
  // begins inside CaptureStack (no skip range is given here).
  const auto caller = reinterpret_cast<uint64_t>(capture.expected[1]);
  uint32_t ours = 0;
  while (ours < capture.stack.count &&
         RunTimeAddress(scratch.view, capture.stack.frames[ours]) != caller) {
    ++ours;
  }
  REQUIRE(ours < capture.stack.count);
  int compared = 0;
  for (int theirs = 1; theirs < capture.expected_count && ours < capture.stack.count;
       ++theirs, ++ours, ++compared) {
    CHECK(RunTimeAddress(scratch.view, capture.stack.frames[ours]) ==
          reinterpret_cast<uint64_t>(capture.expected[theirs]));
  }
  CHECK(compared >= 22);
  CHECK_FALSE(capture.stack.is_truncated);
}

TEST_CASE("a stack deeper than the limit keeps its innermost frames and says so") {
  ScratchLedger scratch;
  Capture capture{.view = scratch.view, .stack = {}, .expected = {}};
  Descend(capture, kDeep);
  CHECK(capture.stack.count == ledger::kMaxFrames);
  CHECK(capture.stack.is_truncated);
  CHECK(scratch.view.header().losses[ledger::kLossTruncated].load() == 1);
}

TEST_CASE("frames name their module by path, build id and ELF address") {
  ScratchLedger scratch;
  FramePacker packer(scratch.view);
  const auto address = reinterpret_cast<uint64_t>(GlibcBacktrace());
  const uint64_t frame = packer.Pack(address + 1);
  const uint32_t id = ledger::FrameModule(frame);
  REQUIRE(id != ledger::kNoModule);
  const ledger::Module& module = scratch.view.modules()[id];
  CHECK(std::string(module.path).find("libc.so.6") != std::string::npos);
  CHECK(module.build_id_bytes == 20);
  CHECK(packer.Pack(address + 2) == frame + 1);
  // Another packer (another stack) finds the same module.
  CHECK(FramePacker(scratch.view).Pack(address + 1) == frame);
  CHECK(ledger::FrameModule(packer.Pack(0x10)) == ledger::kNoModule);
}
