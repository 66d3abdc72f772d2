// SPDX-License-Identifier: Apache-2.0
// Whole walks over stacks of every kind, against libgcc's reading of the same stack.
#include "probes/preload/unwind/walker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <cstring>
#include <thread>

#include "probes/preload/unwind/stack_memory.h"
#include "probes/preload/unwind/unwind_table.h"
#include "tests/probes/preload/scratch_ledger.h"
#include "tests/probes/preload/unwind/reference_stack.h"

using namespace seep;
using namespace seep::probe;

namespace {

ScratchLedger* g_ledger = nullptr;
StackPair g_pair;  // of the latest capture in a callback

struct LedgerForCallbacks : ScratchLedger {
  LedgerForCallbacks() { g_ledger = this; }
  ~LedgerForCallbacks() { g_ledger = nullptr; }
  uint64_t Losses(ledger::Loss loss) const { return view.header().losses[loss].load(); }
};

void CaptureInCallback() {
  g_pair = CaptureBoth(g_ledger->view);
}
void OnSignal(int) {
  CaptureInCallback();
}

// Frames of different sizes, one in three by frame pointer (alloca).
[[gnu::noipa]] int Descend(int depth, void (*work)()) {
  int below = 0;
  if (depth == 0) {
    work();
  } else if (depth % 3 == 0) {
    auto* block = static_cast<volatile char*>(__builtin_alloca(static_cast<size_t>(depth * 16)));
    block[0] = 1;
    below = Descend(depth - 1, work) + block[0];
  } else {
    below = Descend(depth - 1, work) + 1;
  }
  asm volatile("");
  return below;
}

// gcc moves the stack pointer of such a function by a register that unwind data must follow.
[[gnu::noipa]] void Realigned(void (*work)()) {
  alignas(128) char block[256];
  memset(block, 1, sizeof(block));
  asm volatile("" : : "r"(block) : "memory");
  Descend(2, work);
  asm volatile("");
}

void Handle(int number, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  REQUIRE(sigaction(number, &action, nullptr) == 0);
}

// Memory between two pages that nothing may touch.
struct GuardedStack {
  static constexpr size_t kPage = 4096;
  size_t bytes;
  char* start;

  explicit GuardedStack(size_t stack_bytes) : bytes(stack_bytes) {
    char* memory = static_cast<char*>(
        mmap(nullptr, bytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    REQUIRE(memory != MAP_FAILED);
    start = memory + kPage;
    REQUIRE(mprotect(start, bytes, PROT_READ | PROT_WRITE) == 0);
  }
  ~GuardedStack() { munmap(start - kPage, bytes + 2 * kPage); }
  GuardedStack(const GuardedStack&) = delete;
  GuardedStack& operator=(const GuardedStack&) = delete;
};

ucontext_t g_back;
void Fiber() {
  Descend(20, &CaptureInCallback);
  Realigned(&CaptureInCallback);
}
void RunFiber(void* stack, size_t bytes) {
  ucontext_t fiber;
  REQUIRE(getcontext(&fiber) == 0);
  fiber.uc_stack.ss_sp = stack;
  fiber.uc_stack.ss_size = bytes;
  fiber.uc_link = &g_back;
  makecontext(&fiber, &Fiber, 0);
  REQUIRE(swapcontext(&g_back, &fiber) == 0);
}

}  // namespace

TEST_CASE("frames by rsp, by rbp and realigned ones are walked") {
  LedgerForCallbacks ledger;
  Realigned([] { Descend(20, &CaptureInCallback); });
  INFO(g_pair.Text());
  CHECK(g_pair.is_equal());
  CHECK(g_pair.ours.count > 25);
  CHECK_FALSE(g_pair.is_truncated);
  CHECK(ledger.Losses(ledger::kLossStackEnd) == 0);
}

TEST_CASE("a handler's stack goes on in the function that the signal interrupted") {
  LedgerForCallbacks ledger;
  Handle(SIGUSR1, &OnSignal, 0);
  Descend(10, [] { raise(SIGUSR1); });
  INFO(g_pair.Text());
  CHECK(g_pair.is_equal());
  CHECK(g_pair.ours.count > 14);
}

TEST_CASE("a handler on a stack of its own is walked back to the thread's") {
  LedgerForCallbacks ledger;
  GuardedStack memory(64 * 1024);
  stack_t stack{};
  stack.ss_sp = memory.start;
  stack.ss_size = memory.bytes;
  REQUIRE(sigaltstack(&stack, nullptr) == 0);
  Handle(
      SIGUSR2, [](int) { Descend(8, &CaptureInCallback); }, SA_ONSTACK);
  Descend(10, [] { raise(SIGUSR2); });
  INFO(g_pair.Text());
  CHECK(g_pair.is_equal());
  CHECK(g_pair.ours.count > 22);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
}

TEST_CASE("fibers are walked to their end and no further") {
  LedgerForCallbacks ledger;
  GuardedStack guarded(64 * 1024);
  SECTION("memory of malloc") {
    std::vector<char> memory(64 * 1024);
    RunFiber(memory.data(), memory.size());
  }
  SECTION("a mapping that ends at a page nobody may read") {
    RunFiber(guarded.start, guarded.bytes);
  }
  INFO(g_pair.Text());
  CHECK(g_pair.is_equal());
  CHECK(ledger.Losses(ledger::kLossStackEnd) == 0);
}

TEST_CASE("the stack of a thread is the one that the C library gave it") {
  const auto check = [] {
    pthread_attr_t attributes;
    REQUIRE(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* start = nullptr;
    size_t bytes = 0;
    REQUIRE(pthread_attr_getstack(&attributes, &start, &bytes) == 0);
    pthread_attr_destroy(&attributes);
    const auto here = reinterpret_cast<uint64_t>(__builtin_frame_address(0));
    const auto own = unwind::OwnStackAt(here);
    REQUIRE(own.Holds(here, 8));
    const uint64_t end = reinterpret_cast<uint64_t>(start) + bytes;
    CHECK(own.end <= end);
    CHECK(own.end + 4096 * 40 > end);  // of the main thread: without arguments and environment
    // Not a place on the heap, nor the code.
    const auto other = std::make_unique<uint64_t>();
    CHECK(unwind::OwnStackAt(reinterpret_cast<uint64_t>(other.get())).end == 0);
    CHECK(unwind::OwnStackAt(reinterpret_cast<uint64_t>(&CaptureInCallback)).end == 0);
  };
  check();
  std::thread(check).join();
}

TEST_CASE("nothing is read outside of a stack that is wrong") {
  ScratchLedger ledger;
  GuardedStack stack(8192);
  CapturedStack captured;
  const auto code = reinterpret_cast<uint64_t>(&CaptureInCallback) + 1;
  const auto walk = [&](uint64_t rsp, uint64_t rbp) {
    return unwind::WalkStack(ledger.view, {code, rsp, rbp}, {}, &captured);
  };
  const auto start = reinterpret_cast<uint64_t>(stack.start);
  const uint64_t end = start + stack.bytes;
  // The words are zero: where a return address can be read, the walk is at its end.
  CHECK(walk(start, 0) == unwind::WalkEnd::kOutermost);
  for (const uint64_t rsp : {end, start - 4096, uint64_t{0}, uint64_t{8}, ~uint64_t{7},
                             uint64_t{0x7fff'ffff'fff8}, uint64_t{0x8000'0000'0000'0000}}) {
    INFO(std::hex << rsp);
    CHECK(walk(rsp, rsp) == unwind::WalkEnd::kLost);
    CHECK(captured.count == 1);
  }
  // Words that lead round in circles, within the stack and out of it.
  auto* words = reinterpret_cast<uint64_t*>(stack.start);
  for (const uint64_t filler : {start, start + 64, end, end - 8, code, uint64_t{1}}) {
    for (size_t i = 0; i < stack.bytes / 8; ++i) words[i] = i % 2 == 0 ? filler : code;
    for (uint64_t at = start; at < start + 256; at += 8) {
      walk(at, filler);
      CHECK(captured.count >= 1);
    }
  }
}

TEST_CASE("frames that do not rise end the walk on the thread's own stack") {
  ScratchLedger ledger;
  // An instruction of Descend where the CFA is taken from rbp.
  auto address = reinterpret_cast<uint64_t>(&Descend);
  unwind::UnwindTable table;
  REQUIRE(unwind::FindUnwindTable(address, &table));
  while (unwind::FindRule(table, address).kind() != unwind::RuleKind::kFromRbp) {
    REQUIRE(unwind::FindRule(table, ++address).kind() < unwind::RuleKind::kNoUnwindData);
  }
  uint64_t words[64];
  for (uint64_t& word : words) word = address + 1;
  const auto at = [&](int i) { return reinterpret_cast<uint64_t>(&words[i]); };
  CapturedStack captured;
  words[32] = at(8);
  // From word 16 up to word 34, and from there the saved rbp leads down again.
  CHECK(unwind::WalkStack(ledger.view, {address + 1, at(16), at(32)}, {}, &captured) ==
        unwind::WalkEnd::kLost);
  CHECK(captured.count == 2);
}

TEST_CASE("threads capture at once and each sees its own stack") {
  LedgerForCallbacks ledger;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&ledger, &wrong, i] {
      static thread_local bool is_right;
      for (int round = 0; round < 200; ++round) {
        Descend((round * 7 + i) % 40, [] { is_right = CaptureBoth(g_ledger->view).is_equal(); });
        if (!is_right) wrong.fetch_add(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong.load() == 0);
  CHECK(ledger.Losses(ledger::kLossStackEnd) == 0);
}
