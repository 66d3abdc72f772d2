// SPDX-License-Identifier: Apache-2.0
// Stacks for viewers of flame graphs.
#pragma once

#include <string>

#include "analysis/export/function_stacks.h"

namespace seep::exports {

// Folded stacks, a line each: "process;outermost;...;innermost WEIGHT". In names ';' becomes ':'.
std::string ToFolded(const FunctionStacks& stacks);

// speedscope's own format, one profile (https://www.speedscope.app/file-format-schema.json).
// `name`: of the run.
std::string ToSpeedscope(const FunctionStacks& stacks, SampleType type, const std::string& name,
                         const std::string& exporter);

}  // namespace seep::exports
