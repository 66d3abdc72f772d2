// SPDX-License-Identifier: Apache-2.0
#include "analysis/policy/stack_identity.h"

#include "analysis/regression/stack_key.h"

namespace seep::analysis {

std::string FingerprintOf(const model::StackVerdict& stack,
                          const std::vector<model::SourceFrame>& frames) {
  const StackKey key = StackKeys().Of(frames);
  switch (stack.level) {
    case model::StackLevel::kSite:
      return ToText(key.site);
    case model::StackLevel::kFunction:
      return ToText(key.leaf);
    case model::StackLevel::kStack:
      break;
  }
  return ToText(key.full);
}

bool HasFingerprint(const std::vector<model::SourceFrame>& frames, const std::string& fingerprint) {
  if (frames.empty()) return false;
  const StackKey key = StackKeys().Of(frames);
  for (const uint64_t one : {key.full, key.site, key.leaf}) {
    if (one != 0 && ToText(one) == fingerprint) return true;
  }
  return false;
}

}  // namespace seep::analysis
