// SPDX-License-Identifier: Apache-2.0
// What changed since a baseline, in a line or less. Text and Markdown say it alike.
#pragma once

#include <string>
#include <vector>

#include "storage/model/comparison.h"

namespace seep::report {

// "grown: allocates 5.20 KiB per request, 6 % more than 4.90 KiB"
std::string StackChangeInWords(const model::StackChange& stack);

// "main (rolling, 5 runs)"
std::string AnchorInWords(const model::Anchor& anchor);

// "Cache::Insert < Handle < main": the innermost frames of the application.
std::string CallPath(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report
