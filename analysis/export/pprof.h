// SPDX-License-Identifier: Apache-2.0
// Profiles as pprof reads them: gzip'd profile.proto
// (https://github.com/google/pprof/blob/main/proto/profile.proto).
#pragma once

#include <string>

#include "analysis/export/profile.h"

namespace seep::exports {

// The four sample types of a heap profile in Go's order; `shown` is the one that a viewer begins
// with. The same profile gives the same bytes. kIo: no memory to compress it.
std::string ToPprof(const Profile& profile, SampleType shown);

}  // namespace seep::exports
