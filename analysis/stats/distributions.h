// SPDX-License-Identifier: Apache-2.0
// The two distributions that version 1 tests with, over Boost.Math. Nothing here throws: an
// argument outside the domain gives NaN.
#pragma once

#include <cstdint>

namespace seep::analysis {

// The value that a Student t with `degrees` of freedom (> 0, need not be whole) stays below with
// this probability (0-1, exclusive).
double StudentTQuantile(double probability, double degrees);

// P(Student t with `degrees` of freedom >= t).
double StudentTUpperTail(double t, double degrees);

// P(X >= successes) for X ~ Bin(trials, 1/2): the exact one-sided sign test. 1 without trials.
double FairCoinUpperTail(uint64_t successes, uint64_t trials);

}  // namespace seep::analysis
