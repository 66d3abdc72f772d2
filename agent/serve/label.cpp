// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/label.h"

namespace seep::serve {
namespace {

bool IsContinuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

// Bytes of the UTF-8 character at the front of `text`; 0: it is none (RFC 3629: no overlong forms,
// no surrogates, nothing past U+10FFFF).
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; i++) {
    if (!IsContinuation(byte(i))) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return length;
}

}  // namespace

std::string LabelValue(std::string_view text) {
  constexpr std::string_view kEllipsis = "...";
  std::string value;
  size_t cut = 0;  // the longest whole prefix that leaves room for the ellipsis
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    const bool is_plain = length > 0 && lead >= 0x20 && lead != 0x7F;
    const std::string_view character = is_plain ? text.substr(0, length) : "?";
    if (value.size() + character.size() > kLongestLabel_bytes) {
      value.resize(cut);
      return value.append(kEllipsis);
    }
    value += character;
    if (value.size() + kEllipsis.size() <= kLongestLabel_bytes) cut = value.size();
    text.remove_prefix(length > 0 ? length : 1);
  }
  return value;
}

std::string FunctionLabel(std::string_view function) {
  if (function.find("+0x") != std::string_view::npos || function.starts_with("0x")) return "";
  return LabelValue(function);
}

}  // namespace seep::serve
