// SPDX-License-Identifier: Apache-2.0
// For test_traps.py: a program that has the probe without a preload, to be made set-user-id.
#include <cstdlib>

int main() {
  for (int i = 0; i < 100; ++i) std::free(std::malloc(4096));
  return 0;
}
