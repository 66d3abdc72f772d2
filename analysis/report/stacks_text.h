// SPDX-License-Identifier: Apache-2.0
// The stacks of a report: what grows, and the frames of one stack.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "analysis/report/report.h"

namespace seep::report {

inline constexpr size_t kMostStacks = 10;  // in the text; the JSON report has all of them

// Innermost first, one line each.
void Frames(const std::vector<model::SourceFrame>& frames, std::string& text);

// Nothing when no stack grows.
void Stacks(const ReportInput& input, std::string& text);

}  // namespace seep::report
