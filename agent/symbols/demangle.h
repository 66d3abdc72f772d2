// SPDX-License-Identifier: Apache-2.0
// Linker names to the names people write. C++ (Itanium ABI) and Rust (legacy and v0).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace seep::symbols {

// Longer input is not demangled, longer output is cut: a name of 300 characters can stand for
// gigabytes, as each part of it may repeat all that came before.
inline constexpr size_t kMaxMangledLength = 4096;
inline constexpr size_t kMaxDemangledLength = 16384;

// The name itself when it is not a mangled one. A Rust hash, a symbol version ("@@GLIBC_2.14") and
// the suffix of a compiler's clone (".constprop.0", ".cold") are dropped: they change from build to
// build, and names are compared across builds.
std::string Demangle(std::string_view linker_name);

}  // namespace seep::symbols
