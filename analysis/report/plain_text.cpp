// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/plain_text.h"

#include <algorithm>
#include <cstdint>

namespace seep::report {
namespace {

constexpr std::string_view kMark = "...";  // stands for what was cut

struct Decoded {
  uint32_t code_point = 0;
  size_t length = 0;  // bytes; 0: not UTF-8
};

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// One code point as the Unicode Standard allows it (table 3-7): shortest form, no surrogates.
Decoded Decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || first > 0xf4 || text.size() < length) return {};
  uint32_t code_point = first & (0xffu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {};
    code_point = code_point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  }
  const uint32_t least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < least || code_point > 0x10ffff || is_surrogate) return {};
  return {code_point, length};
}

bool IsUnsafe(uint32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool breaks_or_reorders =
      c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  const bool is_noncharacter = c == 0xfffe || c == 0xffff;  // XML has no place for them
  return is_control || breaks_or_reorders || is_noncharacter;
}

}  // namespace

std::string OneLine(std::string_view text) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const Decoded decoded = Decode(text);
    if (decoded.length == 0) {
      line += kReplacement;
    } else if (IsUnsafe(decoded.code_point)) {
      line += '?';
    } else {
      line += text.substr(0, decoded.length);
    }
    text.remove_prefix(decoded.length == 0 ? 1 : decoded.length);
  }
  return line;
}

size_t Columns(std::string_view text) {
  size_t columns = 0;
  for (const char c : text) columns += IsContinuation(c) ? 0 : 1;
  return columns;
}

std::string Shorten(std::string_view text, size_t columns) {
  if (Columns(text) <= columns) return std::string(text);
  const size_t kept = columns > kMark.size() ? columns - kMark.size() : 0;
  size_t bytes = 0;
  for (size_t seen = 0; bytes < text.size(); ++bytes) {
    if (!IsContinuation(text[bytes]) && seen++ == kept) break;
  }
  return std::string(text.substr(0, bytes)) + std::string(kMark);
}

std::string ShortenFront(std::string_view text, size_t columns) {
  size_t excess = Columns(text);
  if (excess <= columns) return std::string(text);
  excess -= columns > kMark.size() ? columns - kMark.size() : 0;
  size_t bytes = 0;
  for (size_t seen = 0; bytes < text.size(); ++bytes) {
    if (!IsContinuation(text[bytes]) && seen++ == excess) break;
  }
  return std::string(kMark) + std::string(text.substr(bytes));
}

std::string Wrap(std::string_view text, size_t columns, size_t indent) {
  size_t used = std::min(text.find_first_not_of(' '), text.size());
  std::string wrapped(used, ' ');
  bool is_line_start = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string word = Shorten(text.substr(0, end), columns - indent);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (!is_line_start && used + 1 + Columns(word) > columns) {
      wrapped += '\n' + std::string(indent, ' ');
      used = indent;
      is_line_start = true;
    }
    if (!is_line_start) {
      wrapped += ' ';
      ++used;
    }
    wrapped += word;
    used += Columns(word);
    is_line_start = false;
  }
  return wrapped;
}

}  // namespace seep::report
