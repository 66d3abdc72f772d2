// SPDX-License-Identifier: Apache-2.0
// Text from outside (names of files, functions, processes) made safe for a terminal and a line.
#pragma once

#include <string>
#include <string_view>

namespace seep::report {

// One line of valid UTF-8: control characters, line and paragraph separators and characters that
// reorder text become '?', broken UTF-8 becomes U+FFFD.
std::string OneLine(std::string_view text);

// At most `columns` code points; what is cut is marked with "...". `text` is valid UTF-8.
std::string Shorten(std::string_view text, size_t columns);

// The same for paths: keeps the end.
std::string ShortenFront(std::string_view text, size_t columns);

// Code points of valid UTF-8: columns, for all but wide scripts.
size_t Columns(std::string_view text);

// `text` broken at blanks into lines of at most `columns`. The first line keeps the blanks it
// starts with, the others start with `indent` blanks. No newline at the end.
std::string Wrap(std::string_view text, size_t columns, size_t indent);

}  // namespace seep::report
