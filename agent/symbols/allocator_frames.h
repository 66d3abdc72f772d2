// SPDX-License-Identifier: Apache-2.0
// The innermost frames of a stack that say nothing: the allocator's entry points as another
// preload or a wrapper shows them (malloc, operator new, ...).
#pragma once

#include <cstddef>
#include <vector>

#include "storage/model/stack.h"

namespace seep::symbols {

// How many leading frames are such entry points; never all of them.
size_t LeadingAllocatorFrames(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::symbols
