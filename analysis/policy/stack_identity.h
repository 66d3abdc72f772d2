// SPDX-License-Identifier: Apache-2.0
// By which fingerprints a policy may name a stack.
#pragma once

#include <string>
#include <vector>

#include "storage/model/verdict.h"

namespace seep::analysis {

// What a suppression of this finding is written with.
std::string FingerprintOf(const model::StackVerdict& stack,
                          const std::vector<model::SourceFrame>& frames);

// True when `fingerprint` is that of the stack.
bool HasFingerprint(const std::vector<model::SourceFrame>& frames, const std::string& fingerprint);

}  // namespace seep::analysis
