// SPDX-License-Identifier: Apache-2.0
// What a service was asked and how it answered, of known truth, from a seed: healthy services under
// loads of many shapes, and services whose answers become slower or fail more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/synthetic/random.h"
#include "storage/model/load.h"

namespace seep::synthetic {

enum class Drift {
  kNone,
  kAll,     // every answer takes longer
  kTail,    // those slower than 97 % of all do
  kErrors,  // more fail: as many per cent of all answers as the others become slower by tens
};
const char* ToString(Drift drift);  // "none", "all", "tail", "errors"

struct LoadCase {
  std::string family;
  double duration_s = 0;
  std::vector<model::LoadWindow> load;  // one source, all operations together
};

// Names of the healthy families, in the order of their numbers.
const std::vector<std::string>& LoadFamilies();

// The same arguments give the same case. `rise`: 0.2 is 20 % more in 24 h, in a shorter run over
// all of it.
LoadCase MakeLoadCase(uint64_t seed, size_t family, Drift drift, double rise, double duration_s);

}  // namespace seep::synthetic
