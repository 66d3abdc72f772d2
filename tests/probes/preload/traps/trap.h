// SPDX-License-Identifier: Apache-2.0
// Target programs of the traps_*_test.cpp: one binary, a subcommand for each trap. A subcommand
// springs its trap and returns 0 when it came out unharmed; what the ledger must say of it is the
// test's business. Sizes tell the test whose blocks it counts.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace traps {

inline constexpr size_t kBytes = 4096 + 128;  // blocks that are counted
inline constexpr size_t kChildBytes = 7000;   // of a child process, or of the other thread
inline constexpr size_t kOtherBytes = 3 * 1000;
inline constexpr int kBlocks = 100;

struct Trap {
  const char* name;
  int (*spring)();
};
// Each file of this folder registers its own.
class Register {
 public:
  Register(const char* name, int (*spring)());
};

// Where something went wrong; the exit status of the target.
[[gnu::format(printf, 1, 2)]] int Failed(const char* format, ...);

// kBlocks of kBytes, half of them freed: what a ledger in exact mode must show to the block.
void AllocateAndFreeHalf(size_t bytes = kBytes);

// As many blocks of 16 to 31 bytes, all in use at once and then freed, from different places as
// seen by the ledger: makes each of its tables grow, and the live table full when it cannot.
int GrowEveryTable();

// Status of a child as waitpid gives it; kills it after a while.
int WaitFor(int pid);

// A child that wants a ledger of its own: kBlocks of kChildBytes, half of them freed.
int ForkAndAllocate();

}  // namespace traps
