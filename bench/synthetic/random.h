// SPDX-License-Identifier: Apache-2.0
// Draws for cases of known truth: own transformations of the generator's bits, because the
// distributions of the standard library differ between implementations, and a table must be
// reproducible.
#pragma once

#include <cstdint>
#include <random>

namespace seep::synthetic {

using Rng = std::mt19937_64;

double Uniform(Rng& rng, double low, double high);
double LogUniform(Rng& rng, double low, double high);
double Normal(Rng& rng);
double Exponential(Rng& rng, double mean);
double Poisson(Rng& rng, double mean);     // a count; near enough for means above 30
int Integer(Rng& rng, int low, int high);  // both included

}  // namespace seep::synthetic
