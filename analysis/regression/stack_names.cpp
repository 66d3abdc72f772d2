// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/stack_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <initializer_list>

namespace seep::analysis {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexadecimal = "0123456789abcdef";
constexpr size_t kRustHashDigits = 16;

bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
}

bool HasOnly(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// "f.part.0.cold" -> "f"; a name that begins with a dot is kept.
std::string_view WithoutCloneSuffixes(std::string_view name) {
  for (;;) {
    const size_t dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return name;
    const std::string_view word = name.substr(dot + 1);
    const std::initializer_list<std::string_view> known = {"cold", "constprop", "isra",
                                                           "part", "lto_priv",  "llvm"};
    if (!HasOnly(word, kDigits) && std::find(known.begin(), known.end(), word) == known.end()) {
      return name;
    }
    name = name.substr(0, dot);
  }
}

// "libfoo-2.31.so.6" -> "libfoo.so"
std::string WithoutVersion(std::string_view module) {
  const size_t suffix = module.find(".so");
  if (suffix == std::string_view::npos) return std::string(module);
  std::string_view stem = module.substr(0, suffix);
  const size_t dash = stem.rfind('-');
  if (dash != std::string_view::npos && HasOnly(stem.substr(dash + 1), "0123456789.")) {
    stem = stem.substr(0, dash);
  }
  return std::string(stem) + ".so";
}

// One pass over a demangled name. Demanglers write valid names only, but any text is read to its
// end.
class NameReader {
 public:
  explicit NameReader(std::string_view text) : text_(text) {}

  std::string Read() {
    while (at_ < text_.size()) Step();
    Trim();
    return std::move(name_);
  }

 private:
  void Step() {
    if (SkipAnonymousNamespace() || TakeLambda()) return;
    const char c = text_[at_];
    if (IsWord(c)) return TakeWord();
    switch (c) {
      case '(':
        return TakeParentheses();
      case '{':
        return TakeBraces();
      case '[':
        return TakeBrackets();
      case ' ':
        return TakeSpace();
      case '<':
        if (++depth_ == 1) name_ += c;
        break;
      case '>':
        if (depth_ == 0) break;
        Trim();
        if (depth_-- == 1) name_ += c;
        break;
      case ',':
        if (depth_ == 1) Trim();
        Emit(",");
        break;
      default:
        Emit(text_.substr(at_, 1));
    }
    ++at_;
  }

  void Emit(std::string_view text) {
    if (depth_ <= 1) name_ += text;
  }
  void Trim() {
    while (name_.ends_with(' ')) name_.pop_back();
  }
  std::string_view Rest() const { return text_.substr(at_); }
  bool Skip(std::string_view prefix) {
    if (!Rest().starts_with(prefix)) return false;
    at_ += prefix.size();
    return true;
  }
  // Behind the group that is opened at `at`; the end when it is not closed.
  size_t Behind(size_t at, char open, char close) const {
    size_t depth = 0;
    for (; at < text_.size(); ++at) {
      if (text_[at] == open) ++depth;
      if (text_[at] == close && --depth == 0) return at + 1;
    }
    return at;
  }

  bool SkipAnonymousNamespace() {
    for (const std::string_view spelling :
         {"(anonymous namespace)", "{anonymous}", "<unnamed>", "_GLOBAL__N_1"}) {
      if (!Skip(spelling)) continue;
      Skip("::");
      return true;
    }
    return false;
  }

  // "{lambda(int)#2}" and "'lambda2'(int)" by demanglers, "<lambda(int)>" and "(anonymous class)"
  // of debug information, "$_2" of clang's symbols.
  bool TakeLambda() {
    const std::string_view rest = Rest();
    if (rest.starts_with("{lambda(")) {
      at_ = Behind(at_, '{', '}');
    } else if (rest.starts_with("<lambda(")) {
      at_ = Behind(at_, '<', '>');
    } else if (rest.starts_with("'lambda")) {
      at_ = std::min(text_.find('\'', at_ + 1), text_.size() - 1) + 1;
      if (Rest().starts_with('(')) at_ = Behind(at_, '(', ')');
    } else if (rest.starts_with("$_")) {
      at_ = std::min(text_.find_first_not_of(kDigits, at_ + 2), text_.size());
    } else if (!Skip("(anonymous class)")) {
      return false;
    }
    Emit("{lambda}");
    return true;
  }

  void TakeWord() {
    const size_t begin = at_;
    while (at_ < text_.size() && IsWord(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "operator") return TakeOperator();
    // Inline namespaces of libstdc++ and libc++: they tell ABIs apart, not functions.
    if ((word == "__cxx11" || word == "__1") && Skip("::")) return;
    const bool is_hash = word.size() == kRustHashDigits + 1 && word.front() == 'h' &&
                         HasOnly(word.substr(1), kHexadecimal);
    if (is_hash && at_ == text_.size() && name_.ends_with("::")) {
      name_.resize(name_.size() - 2);
    } else {
      Emit(word);
    }
  }

  // Behind "operator". Its symbol is no bracket; of a conversion the type is the name.
  void TakeOperator() {
    Emit("operator");
    size_t end = at_;
    if (Rest().starts_with(' ') || Rest().starts_with('"')) {
      end = std::min(text_.find('(', at_), text_.size());
    } else {
      constexpr std::array<std::string_view, 14> kSymbols{
          "<=>", "<<=", ">>=", "->*", "()", "[]", "->", "<<", ">>", "<=", ">=", "<", ">", ","};
      for (const std::string_view symbol : kSymbols) {
        if (!Rest().starts_with(symbol)) continue;
        end = at_ + symbol.size();
        break;
      }
      if (end == at_) end = std::min(text_.find_first_of(" (<", at_), text_.size());
    }
    Emit(text_.substr(at_, end - at_));
    at_ = end;
    if (Rest().starts_with(" <")) ++at_;
  }

  // What is taken, and the qualifiers behind it. Casts and types of functions in template
  // arguments, too.
  void TakeParentheses() {
    const size_t end = Behind(at_, '(', ')');
    if (depth_ == 0 && name_.ends_with('.')) {  // Go: "net/http.(*conn).serve"
      name_ += text_.substr(at_, end - at_);
      at_ = end;
      return;
    }
    const std::string_view inner = text_.substr(at_ + 1, end - at_ - 2);
    if (depth_ == 0 && end < text_.size() && text_[end] == '(' && inner.starts_with('*')) {
      // "void (*f<int>(int))(long)" returns a pointer to a function.
      name_.clear();
      text_ = inner.substr(1);
      at_ = 0;
      return;
    }
    at_ = end;
    const bool is_cast = depth_ > 0 && !Rest().empty() && (IsWord(Rest()[0]) || Rest()[0] == '-');
    if (is_cast) return;
    Trim();
    while (Skip(" const") || Skip(" volatile") || Skip(" noexcept") || Skip(" &&") || Skip(" &") ||
           Skip("&&") || Skip("&")) {
    }
  }

  // "{closure#0}", "{{closure}}", "{unnamed type#1}", "{default arg#1}": without the number.
  void TakeBraces() {
    const size_t end = Behind(at_, '{', '}');
    const size_t begin = std::min(text_.find_first_not_of('{', at_), end);
    const size_t behind = std::min(text_.find_first_of("(#}", begin), end);
    Emit("{" + std::string(text_.substr(begin, behind - begin)) + "}");
    at_ = end;
  }

  // "[abi:cxx11]", "[clone .isra.0]", Rust's "[1a2b3c]", bounds of arrays.
  void TakeBrackets() {
    const size_t end = Behind(at_, '[', ']');
    if (end - at_ == 2) Emit("[]");
    at_ = end;
  }

  // Outside of template arguments what is before a space is what the function returns.
  void TakeSpace() {
    ++at_;
    if (depth_ == 1) {
      if (!name_.ends_with(' ')) name_ += ' ';
    } else if (depth_ == 0 && !Rest().starts_with('[') && !Rest().empty()) {
      name_.clear();
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;  // of template arguments
  std::string name_;
};

}  // namespace

bool IsUnresolved(std::string_view function) {
  const size_t offset = function.rfind("0x");
  return offset != std::string_view::npos && HasOnly(function.substr(offset + 2), kHexadecimal) &&
         (offset == 0 || function[offset - 1] == '+');
}

std::string NormalizeFunction(std::string_view function) {
  if (IsUnresolved(function)) {
    const std::string module = WithoutVersion(function.substr(0, function.rfind('+')));
    return module.empty() ? std::string(function) : module;
  }
  std::string name = NameReader(WithoutCloneSuffixes(function)).Read();
  return name.empty() ? std::string(function) : name;
}

}  // namespace seep::analysis
