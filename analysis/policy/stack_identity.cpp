// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/stack_identity.h"

#include "analysis/regression/stack_key.h"

namespace seep::analysis {

std::string FingerprintOf(const model::StackVerdict&,
                          const std::vector<model::SourceFrame>& frames) {
  return Fingerprint(frames);
}

bool HasFingerprint(const std::vector<model::SourceFrame>& frames, const std::string& fingerprint) {
  return !frames.empty() && Fingerprint(frames) == fingerprint;
}

}  // namespace seep::analysis
