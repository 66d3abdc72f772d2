// SPDX-License-Identifier: Apache-2.0
// Bounded text without libc's stdio: what the probe needs to name files and read /proc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace seep::probe {

// A path or a line built up in place; text beyond the capacity is cut, `is_cut` tells.
template <size_t kCapacity>
struct Text {
  char chars[kCapacity] = {};
  size_t length = 0;
  bool is_cut = false;

  Text& Add(const char* text) {
    const size_t wanted = strlen(text);
    const size_t room = kCapacity - 1 - length;
    const size_t taken = wanted < room ? wanted : room;
    memcpy(chars + length, text, taken);
    length += taken;
    chars[length] = '\0';
    is_cut = is_cut || taken < wanted;
    return *this;
  }
  Text& AddNumber(uint64_t value) {
    char digits[21];
    char* first = digits + sizeof(digits) - 1;
    *first = '\0';
    do {
      *--first = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    return Add(first);
  }
  const char* c_str() const { return chars; }
};

inline bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// The decimal number at `text`, which is moved behind it.
inline uint64_t ReadDecimal(const char*& text) {
  uint64_t value = 0;
  while (IsDigit(*text)) value = value * 10 + static_cast<uint64_t>(*text++ - '0');
  return value;
}

// Bytes as SEEP_INTERVAL gives them: "131072", "128K", "128KiB", also M and G. 0: not understood.
inline uint64_t ReadSize(const char* text) {
  if (text == nullptr || !IsDigit(*text)) return 0;
  uint64_t bytes = ReadDecimal(text);
  if (*text == 'K' || *text == 'M' || *text == 'G') {
    bytes <<= *text == 'K' ? 10 : *text == 'M' ? 20 : 30;
    ++text;
    if (text[0] == 'i' && text[1] == 'B') text += 2;
  } else if (*text == 'B') {
    ++text;
  }
  return *text == '\0' ? bytes : 0;
}

inline uint64_t ReadHexadecimal(const char* text) {
  uint64_t value = 0;
  for (; text != nullptr && *text != '\0'; ++text) {
    const char c = *text;
    const int digit = IsDigit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0) return 0;
    value = value << 4 | static_cast<uint64_t>(digit);
  }
  return value;
}

template <size_t kCapacity>
void CopyText(char (&to)[kCapacity], const char* from) {
  size_t i = 0;
  for (; i + 1 < kCapacity && from[i] != '\0'; ++i) to[i] = from[i];
  to[i] = '\0';
}

}  // namespace seep::probe
