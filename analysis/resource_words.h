// SPDX-License-Identifier: Apache-2.0
// What a resource that grows is doing, for people.
#pragma once

#include <string>

#include "analysis/resources.h"

namespace seep::analysis {

// "opens 1200 more sockets in CLOSE_WAIT per hour than it closes; the limit of 1024 descriptors
// (RLIMIT_NOFILE) is reached in 40 min".
std::string DescribeGrowth(const ResourceFindings& findings, const GrowingResource& resource);

// Waiting for memory, storage or CPU that was much of the run; empty: it was not.
std::string DescribePressure(const model::RunData& data, model::TargetId target);

}  // namespace seep::analysis
