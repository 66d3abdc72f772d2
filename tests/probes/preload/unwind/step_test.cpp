// SPDX-License-Identifier: Apache-2.0
// Walks from every instruction: the trap flag stops the program after each one, and the handler
// compares the probe's reading with libgcc's. Prologues, epilogues, PLT stubs, the lazy binder.
#include <dlfcn.h>
#include <signal.h>

#include <cstdlib>
#include <cstring>

#include "tests/probes/preload/scratch_ledger.h"
#include "tests/probes/preload/unwind/reference_stack.h"

using namespace seep;
using namespace seep::probe;

namespace {

LedgerView g_view;
uint64_t g_steps = 0;
uint64_t g_equal = 0;
uint64_t g_early = 0;  // ours ends before libgcc's, and says so
StackPair g_first_wrong;
uint64_t g_wrong = 0;

void OnStep(int) {
  ++g_steps;
  const StackPair pair = CaptureBoth(g_view);
  if (pair.is_equal()) {
    ++g_equal;
  } else if (pair.is_prefix() && pair.is_truncated) {
    ++g_early;
  } else if (g_wrong++ == 0) {
    g_first_wrong = pair;
  }
}

// Off the stack's red zone, which the pushes would overwrite.
void StartStepping() {
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n pushfq\n orq $0x100, (%%rsp)\n popfq\n leaq 128(%%rsp), %%rsp"
      :
      :
      : "memory", "cc");
}
void StopStepping() {
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n popfq\n leaq 128(%%rsp), %%rsp"
      :
      :
      : "memory", "cc");
}

[[gnu::noipa]] int Work(unsigned seed) {
  int numbers[12];
  for (int& number : numbers) number = static_cast<int>(seed = seed * 1103515245 + 12345);
  qsort(numbers, 12, sizeof(int), [](const void* a, const void* b) {
    return *static_cast<const int*>(a) < *static_cast<const int*>(b) ? -1 : 1;
  });
  char text[64];
  snprintf(text, sizeof(text), "%d %s %.3f", numbers[0], "text", 1.5);
  const std::string copy = std::string(text) + std::to_string(numbers[1]);
  return static_cast<int>(copy.size() + strlen(text)) + atoi(text);
}

}  // namespace

TEST_CASE("the stack is right at every instruction") {
  ScratchLedger ledger;
  g_view = ledger.view;
  CaptureBoth(g_view);
  struct sigaction action {};
  action.sa_handler = &OnStep;
  REQUIRE(sigaction(SIGTRAP, &action, nullptr) == 0);
  StartStepping();
  const int result = Work(42);  // its calls are bound lazily: through the PLT and the loader
  StopStepping();
  CHECK(result != 0);
  INFO(g_first_wrong.Text());
  CHECK(g_wrong == 0);
  WARN(g_steps << " steps, " << g_early << " stacks end early");
  CHECK(g_steps > 3000);
  CHECK(g_early == 0);
}
