// SPDX-License-Identifier: Apache-2.0
// An identity of a stack that survives a rebuild: for suppressions, baselines and SARIF.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/model/stack.h"

namespace seep::report {

// A function's name without what a compiler or linker adds: clone suffixes (.isra.0, .constprop.1,
// .part.2, .cold, .llvm.123), ABI tags ([abi:cxx11]), lambda numbers, offsets (analysis.md 2.7.4).
std::string NormalizeFunction(std::string_view function);

// 64-bit FNV-1a of the normalised names, outermost frames included, recursion collapsed: 16
// hexadecimal digits. No addresses, files or lines. Unresolved frames count by their module only,
// so two unresolved stacks of one module and shape share a fingerprint.
std::string Fingerprint(const std::vector<model::SourceFrame>& frames);

}  // namespace seep::report
