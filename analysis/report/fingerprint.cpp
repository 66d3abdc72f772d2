// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/fingerprint.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>

namespace seep::report {
namespace {

// FNV-1a, 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/ (RFC 9923).
constexpr uint64_t kFnvOffset = 0xcbf29ce484222325;
constexpr uint64_t kFnvPrime = 0x100000001b3;

uint64_t Hash(uint64_t hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
  }
  return hash;
}

bool IsDigit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// Behind the digits at `at`.
size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

// Behind every ".12" at `at`.
size_t SkipNumbers(std::string_view text, size_t at) {
  while (at + 1 < text.size() && text[at] == '.' && IsDigit(text[at + 1])) {
    at = SkipDigits(text, at + 1);
  }
  return at;
}

// Erases every stretch from `begin` to `end`, both included.
void EraseAll(std::string& text, std::string_view begin, char end) {
  for (size_t at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    const size_t close = text.find(end, at);
    text.erase(at, close == std::string::npos ? close : close + 1 - at);
  }
}

}  // namespace

std::string NormalizeFunction(std::string_view function) {
  std::string name(function);
  // "libfoo.so+0x1234": the address is all that is known beside the module.
  const size_t offset = name.rfind("+0x");
  if (offset != std::string::npos) name.erase(offset);
  // The demangler writes clones as " [clone .isra.0]", symbol tables as ".isra.0".
  EraseAll(name, " [clone ", ']');
  EraseAll(name, "[abi:", ']');
  for (const std::string_view suffix : {".isra", ".constprop", ".part", ".cold", ".llvm"}) {
    const size_t at = name.find(suffix);
    if (at == std::string::npos || at == 0) continue;
    name.erase(at, SkipNumbers(name, at + suffix.size()) - at);
  }
  // "{lambda(int)#2}" counts lambdas in source order.
  for (size_t at = name.find('#'); at != std::string::npos; at = name.find('#', at + 1)) {
    name.erase(at + 1, SkipDigits(name, at + 1) - at - 1);
  }
  return name;
}

std::string Fingerprint(const std::vector<model::SourceFrame>& frames) {
  uint64_t hash = kFnvOffset;
  std::string previous;
  for (const model::SourceFrame& frame : frames) {
    std::string name = NormalizeFunction(frame.function);
    if (name.empty()) name = frame.module;
    if (name == previous) continue;
    hash = Hash(Hash(hash, name), "\n");
    previous = std::move(name);
  }
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

}  // namespace seep::report
