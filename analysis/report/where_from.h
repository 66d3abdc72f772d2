// SPDX-License-Identifier: Apache-2.0
// Where growth comes from: the place in the program, or which part of the memory it is, or that
// nobody knows and who could.
#pragma once

#include <string>
#include <vector>

#include "analysis/report/findings.h"
#include "analysis/report/text_lines.h"

namespace seep::report {

// The lines "Where from". `findings` of the target that the verdict speaks of.
void WhereFrom(const ReportInput& input, const Findings& findings, AnswerList& answers);

// The frame that names a stack: the innermost one that is neither the C or C++ library nor an
// allocator, else the innermost. Null: it has none. Valid as long as `frames`.
const model::SourceFrame* OwnFrame(const std::vector<model::SourceFrame>& frames);

// "Cache::Insert at src/cache.cpp:88, called by Handle, by main"
std::string Place(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report
