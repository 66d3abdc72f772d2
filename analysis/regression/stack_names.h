// SPDX-License-Identifier: Apache-2.0
// Names of functions that stay the same from build to build.
#pragma once

#include <string>
#include <string_view>

namespace seep::analysis {

// "shop::Cart::Add" of "void shop::(anonymous namespace)::Cart::Add<int>(Item const&) [clone
// .isra.0]": without what compilers, demanglers and debug information add or write differently.
// That is the types returned and taken, qualifiers, template arguments within template arguments,
// ABI tags and namespaces, clone suffixes, numbers and types of lambdas and closures, anonymous
// namespaces, Rust's hashes. Of "libfoo.so.1+0x1234", a function that cannot be resolved,
// "libfoo.so". Never empty unless `function` is.
std::string NormalizeFunction(std::string_view function);

// "libfoo.so+0x1234", "0x1234": the address is all that is known.
bool IsUnresolved(std::string_view function);

}  // namespace seep::analysis
