// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/stack_identity.h"

#include "analysis/report/fingerprint.h"

namespace seep::analysis {

std::string FingerprintOf(const model::StackVerdict&,
                          const std::vector<model::SourceFrame>& frames) {
  return report::Fingerprint(frames);
}

bool HasFingerprint(const std::vector<model::SourceFrame>& frames, const std::string& fingerprint) {
  return !frames.empty() && report::Fingerprint(frames) == fingerprint;
}

}  // namespace seep::analysis
