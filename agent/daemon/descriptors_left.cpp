// SPDX-License-Identifier: Apache-2.0
#include "agent/daemon/descriptors_left.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "probes/proc/process_sample.h"

namespace seep::agent {
namespace {

uint64_t DescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace

uint64_t FreeDescriptors() {
  const uint64_t limit = DescriptorLimit();
  const uint64_t open = proc::CountDescriptors(getpid()).value_or(limit);
  return limit - std::min(open, limit);
}

model::Error TooFewDescriptors() {
  return {model::Errc::kIo,
          fmt::format("of the {} descriptors that the agent may have open too few are left; raise "
                      "LimitNOFILE= of its unit, or: prlimit --nofile=65536 --pid {}",
                      DescriptorLimit(), getpid())};
}

}  // namespace seep::agent
