// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace seep::fuzz {

// What must hold of whatever was read; otherwise the process ends, and the file is kept.
inline void Expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: expected %s\n", what);
  std::abort();
}

// Neither negative nor infinite nor no number.
inline void ExpectAmount(double value, const char* what) {
  Expect(std::isfinite(value) && value >= 0, what);
}

}  // namespace seep::fuzz
