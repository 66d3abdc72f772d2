// SPDX-License-Identifier: Apache-2.0
// By which fingerprints a policy may name a stack.
#pragma once

#include <string>
#include <vector>

#include "storage/model/verdict.h"

namespace seep::analysis {

// What a suppression of this finding is written with: of its path, or of the place that all the
// stacks that it speaks of have in common, whichever of them grows most the next time.
std::string FingerprintOf(const model::StackVerdict& stack,
                          const std::vector<model::SourceFrame>& frames);

// True when `fingerprint` is that of the stack, or of its first three functions of the application,
// or of the first.
bool HasFingerprint(const std::vector<model::SourceFrame>& frames, const std::string& fingerprint);

}  // namespace seep::analysis
