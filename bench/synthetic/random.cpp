// SPDX-License-Identifier: Apache-2.0
#include "bench/synthetic/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace seep::synthetic {

double Uniform(Rng& rng, double low, double high) {
  return low + (high - low) * static_cast<double>(rng() >> 11) * 0x1p-53;
}

double LogUniform(Rng& rng, double low, double high) {
  return std::exp(Uniform(rng, std::log(low), std::log(high)));
}

double Normal(Rng& rng) {
  const double u = 1 - Uniform(rng, 0, 1);
  const double v = Uniform(rng, 0, 1);
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);  // Box & Muller 1958
}

double Exponential(Rng& rng, double mean) {
  return -mean * std::log1p(-Uniform(rng, 0, 1));
}

double Poisson(Rng& rng, double mean) {
  if (mean > 30) return std::max(0.0, std::round(mean + std::sqrt(mean) * Normal(rng)));
  double count = -1;  // Knuth
  double product = 1;
  const double end = std::exp(-mean);
  do {
    ++count;
    product *= 1 - Uniform(rng, 0, 1);
  } while (product > end);
  return count;
}

int Integer(Rng& rng, int low, int high) {
  return low + static_cast<int>(rng() % static_cast<uint64_t>(high - low + 1));
}

}  // namespace seep::synthetic
