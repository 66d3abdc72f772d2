// SPDX-License-Identifier: Apache-2.0
// How far from zero a statistic must be that is looked at again and again.
#pragma once

namespace seep::analysis {

// The deviate that a standardised sum of noise exceeds at any time at all with a probability of at
// most `alpha`: the normal mixture bound of Robbins (1970); Howard et al. (2021), eq. 14. It is
// closest to the fixed bound where `information` is 1; 0 has an infinite bound.
double TimeUniformDeviate(double information, double alpha);

// P(standard normal <= deviate).
double NormalProbability(double deviate);

}  // namespace seep::analysis
