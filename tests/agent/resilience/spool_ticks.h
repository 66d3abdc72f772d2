// SPDX-License-Identifier: Apache-2.0
// What the tests of the spool share: ticks that can be told apart, and a folder for files.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "agent/resilience/tick_spool.h"

namespace seep::resilience::test {

// Of run `run`, with t_s = `number`: points, a heap of `stacks` stacks, an event that names it.
SpooledTick TickOf(int number, int stacks = 2, int64_t run = 1);
bool IsWhole(const SpooledTick& spooled, int stacks = 2);  // as TickOf made it

// Everything that waits, taken.
std::vector<int> TakeAll(TickSpool& spool);

class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  std::string prefix() const { return path_ + "/seep.db-spool"; }
  const std::string& path() const { return path_; }
  std::vector<std::string> Files() const;  // sorted paths

 private:
  std::string path_;
};

}  // namespace seep::resilience::test
