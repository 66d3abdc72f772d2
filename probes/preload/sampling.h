// SPDX-License-Identifier: Apache-2.0
// The mathematics of sampling (docs/sampling.md). Pure functions, no libm: the probe links none.
//
// Sample points are a Poisson process over the bytes that a thread allocates, with mean distance
// T. A block of s bytes is sampled when at least one point falls into it: probability
//   p(s, T) = 1 - exp(-s/T),   weight w = 1/p,
// so that the sum of w*s over the sampled blocks is an unbiased estimate of all bytes.
// T <= 1 is exact mode: every block, p = 1.
#pragma once

#include <bit>
#include <cstdint>

namespace seep::probe {

// exp(x) - 1 for x in [-40, 0], relative error below 1e-14: Taylor on x / 2^k, then k times
// expm1(2y) = expm1(y) * (expm1(y) + 2).
inline double NegativeExpm1(double x) {
  int doublings = 0;
  while (x < -0.0625) {
    x *= 0.5;
    ++doublings;
  }
  // Products: divisions that wait for each other would be a tenth of what a sample costs.
  constexpr double kReciprocals[] = {0,       0,       1.0 / 2, 1.0 / 3, 1.0 / 4,
                                     1.0 / 5, 1.0 / 6, 1.0 / 7, 1.0 / 8, 1.0 / 9};
  double sum = 1.0;
  for (int term = 9; term >= 2; --term) sum = 1.0 + sum * (x * kReciprocals[term]);
  double result = sum * x;
  for (; doublings > 0; --doublings) result *= result + 2.0;
  return result;
}

// ln(x) for a normal x > 0, absolute error below 1e-13: x = m * 2^e with m in [0.7, 1.42), then
// 2*atanh((m-1)/(m+1)) by its series.
inline double NaturalLog(double x) {
  const auto bits = std::bit_cast<uint64_t>(x);
  int64_t exponent = static_cast<int64_t>(bits >> 52) - 1023;
  double mantissa = std::bit_cast<double>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (mantissa > 1.41421356237309515) {
    mantissa *= 0.5;
    ++exponent;
  }
  const double z = (mantissa - 1.0) / (mantissa + 1.0);
  const double z2 = z * z;
  double sum = 0.0;
  for (int power = 17; power >= 1; power -= 2) sum = sum * z2 + 1.0 / power;
  return static_cast<double>(exponent) * 0.693147180559945309417 + 2.0 * z * sum;
}

// p(s, T); 1 in exact mode and for blocks so large that exp(-s/T) is lost in rounding.
inline double SampleProbability(uint64_t size_bytes, double interval_bytes) {
  if (interval_bytes <= 1.0) return 1.0;
  const double ratio = static_cast<double>(size_bytes) / interval_bytes;
  return ratio >= 40.0 ? 1.0 : -NegativeExpm1(-ratio);
}

// What one sampled block stands for.
struct Estimate {
  uint64_t bytes;        // w * s, rounded
  uint64_t objects_q16;  // w in 1/65536, rounded
};
inline Estimate EstimateOf(uint64_t size_bytes, double interval_bytes) {
  const double weight = 1.0 / SampleProbability(size_bytes, interval_bytes);
  return {static_cast<uint64_t>(static_cast<double>(size_bytes) * weight + 0.5),
          static_cast<uint64_t>(weight * 65536.0 + 0.5)};
}

// xorshift64*: one word of state, never 0.
inline uint64_t NextRandom(uint64_t& state) {
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return state * 0x2545f4914f6cdd1d;
}
inline uint64_t MixBits(uint64_t value) {  // splitmix64's finaliser
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}
// Uniform in (0, 1].
inline double NextUniform(uint64_t& state) {
  return static_cast<double>((NextRandom(state) >> 11) + 1) * 0x1p-53;
}
// Bytes until the next sample point: exponential with mean T. -1 in exact mode, so that even a
// block of 0 bytes is due.
inline int64_t DrawInterval(uint64_t& state, double interval_bytes) {
  if (interval_bytes <= 1.0) return -1;
  return static_cast<int64_t>(-NaturalLog(NextUniform(state)) * interval_bytes);
}

}  // namespace seep::probe
