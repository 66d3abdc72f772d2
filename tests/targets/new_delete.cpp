// SPDX-License-Identifier: Apache-2.0
// Every operator new with every operator delete that may follow it: plain, array, nothrow, sized,
// aligned. Prints how often and how much each family took, for "counted exactly once".
// With --rate, one variant in turn forgets its block.
#include <new>

#include "tests/targets/zoo.h"

namespace {

using std::align_val_t;
using std::nothrow;

constexpr int kVariants = 8;
constexpr auto kAlignment = align_val_t{64};
zoo::Tally g_allocated;

void* NewByVariant(int variant, size_t n) {
  switch (variant) {
    case 0:
      return operator new(n);
    case 1:
      return operator new[](n);
    case 2:
      return operator new(n, nothrow);
    case 3:
      return operator new[](n, nothrow);
    case 4:
      return operator new(n, kAlignment);
    case 5:
      return operator new[](n, kAlignment);
    case 6:
      return operator new(n, kAlignment, nothrow);
    default:
      return operator new[](n, kAlignment, nothrow);
  }
}

// Touches the block itself: a tail call of operator new would take this frame off the stack.
[[gnu::noipa]] void* NewWidget(int variant, size_t n) {
  g_allocated.Add(n);
  return zoo::Touch(NewByVariant(variant, n), n);
}

// `kind`: 0 plain, 1 sized, 2 nothrow.
[[gnu::noipa]] void DeleteWidget(int variant, int kind, void* p, size_t n) {
  const bool is_array = variant % 2 != 0;
  if (variant < 4) {
    if (kind == 0) return is_array ? operator delete[](p) : operator delete(p);
    if (kind == 1) return is_array ? operator delete[](p, n) : operator delete(p, n);
    return is_array ? operator delete[](p, nothrow) : operator delete(p, nothrow);
  }
  constexpr align_val_t a = kAlignment;
  if (kind == 0) return is_array ? operator delete[](p, a) : operator delete(p, a);
  if (kind == 1) return is_array ? operator delete[](p, n, a) : operator delete(p, n, a);
  return is_array ? operator delete[](p, a, nothrow) : operator delete(p, a, nothrow);
}

}  // namespace

int main(int argc, char** argv) {
  const zoo::Options options(argc, argv, "all variants of operator new and delete",
                             {{"seconds", 5, "0 = until SIGTERM"},
                              {"rounds", 0, "stop after so many rounds of 24 pairs; 0 = never"},
                              {"rate", 0, "bytes leaked per second"},
                              {"seed", 1, ""}});
  zoo::Start(options["seconds"]);
  zoo::Random random(options["seed"]);
  zoo::Pacer pacer(static_cast<double>(options["rate"]));
  zoo::Tally leaked;
  unsigned long long rounds = 0;
  zoo::Ready();
  while (zoo::IsRunning() && (options["rounds"] == 0 || rounds < options["rounds"])) {
    ++rounds;
    for (int variant = 0; variant < kVariants; ++variant) {
      for (int kind = 0; kind < 3; ++kind) {
        const size_t size_bytes = random.Between(16, 1024);
        void* widget = NewWidget(variant, size_bytes);
        if (variant >= 4 && reinterpret_cast<uintptr_t>(widget) % 64 != 0) return 1;
        if (pacer.IsDue()) {
          leaked.Add(size_bytes);
          pacer.Spend(size_bytes);
        } else {
          DeleteWidget(variant, kind, widget, size_bytes);
        }
      }
    }
    if (rounds % 64 == 0) zoo::SleepMs(1);
  }
  zoo::Say(
      "leaked_bytes=%llu leaked_blocks=%llu site=NewWidget rounds=%llu new_blocks=%llu "
      "new_bytes=%llu seconds=%.3f",
      leaked.bytes_total(), leaked.blocks_total(), rounds, g_allocated.blocks_total(),
      g_allocated.bytes_total(), zoo::ElapsedS());
}
