// SPDX-License-Identifier: Apache-2.0
// The distributions that the tests use, over Boost.Math. Nothing here throws: an
// argument outside the domain gives NaN.
#pragma once

#include <cstdint>

namespace seep::analysis {

// The value that a Student t with `degrees` of freedom (> 0, need not be whole) stays below with
// this probability (0-1, exclusive).
double StudentTQuantile(double probability, double degrees);

// P(Student t with `degrees` of freedom >= t).
double StudentTUpperTail(double t, double degrees);

// P(X >= successes) for X ~ Bin(trials, probability), exact. 1 without trials.
double BinomialUpperTail(uint64_t successes, uint64_t trials, double probability);

// One-sided lower bound of a share, exact (Clopper & Pearson 1934): with this confidence (0-1) the
// true share is above it. 0 without trials.
double ShareLowerBound(double successes, double trials, double confidence);

}  // namespace seep::analysis
