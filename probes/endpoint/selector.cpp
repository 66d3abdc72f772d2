// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/selector.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace seep::endpoint {
namespace {

using model::Errc;

// std::regex recurses by the character.
constexpr size_t kLongestMatched = 1000;

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  bool Take(std::string_view wanted) {
    SkipBlanks();
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }
  std::string_view TakeName() {
    SkipBlanks();
    size_t length = 0;
    while (length < text_.size() && IsNameChar(text_[length], length == 0)) ++length;
    const std::string_view name = text_.substr(0, length);
    text_.remove_prefix(length);
    return name;
  }
  // In quotes, single or double, with backslash before a quote or a backslash.
  std::optional<std::string> TakeText() {
    SkipBlanks();
    if (text_.empty() || (text_.front() != '"' && text_.front() != '\'')) return std::nullopt;
    const char quote = text_.front();
    std::string value;
    for (size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        text_.remove_prefix(i + 1);
        return value;
      }
      const bool is_escape = text_[i] == '\\' && i + 1 < text_.size() &&
                             (text_[i + 1] == quote || text_[i + 1] == '\\');
      if (is_escape) ++i;
      value += text_[i];
    }
    return std::nullopt;
  }
  bool is_at_end() {
    SkipBlanks();
    return text_.empty();
  }

 private:
  static bool IsNameChar(char c, bool is_first) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    return is_letter || (!is_first && c >= '0' && c <= '9');
  }
  void SkipBlanks() {
    while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\t')) {
      text_.remove_prefix(1);
    }
  }

  std::string_view text_;
};

std::unexpected<model::Error> Refuse(std::string_view text, const std::string& cause) {
  return model::Fail(Errc::kInvalidArgument, "'" + std::string(text) + "': " + cause +
                                                 "; write NAME or NAME{label=\"value\"}, with =, "
                                                 "!=, =~ or !~");
}

}  // namespace

template <typename Cursor>
std::expected<Selector::Condition, std::string> Selector::TakeCondition(Cursor& cursor) {
  Condition condition;
  condition.label = cursor.TakeName();
  if (condition.label.empty()) return std::unexpected("the name of a label is wanted");
  if (cursor.Take("=~")) {
    condition.op = Operator::kMatches;
  } else if (cursor.Take("!~")) {
    condition.op = Operator::kMatchesNot;
  } else if (cursor.Take("!=")) {
    condition.op = Operator::kIsNot;
  } else if (!cursor.Take("=")) {
    return std::unexpected("'=' is wanted behind " + condition.label);
  }
  auto value = cursor.TakeText();
  if (!value) return std::unexpected("a value in quotes is wanted behind " + condition.label);
  condition.value = std::move(*value);
  const bool is_pattern =
      condition.op == Operator::kMatches || condition.op == Operator::kMatchesNot;
  if (!is_pattern) return condition;
  try {
    // Never exponential in the value, which comes from the endpoint (an extension of libstdc++).
    condition.pattern =
        std::regex(condition.value, std::regex::ECMAScript | std::regex_constants::__polynomial);
  } catch (const std::regex_error&) {
    return std::unexpected("'" + condition.value + "' is no regular expression");
  }
  return condition;
}

model::Result<Selector> Selector::Parse(std::string_view text) {
  Cursor cursor(text);
  Selector selector;
  selector.metric_ = cursor.TakeName();
  if (selector.metric_.empty()) return Refuse(text, "the name of a metric is wanted");
  bool is_open = cursor.Take("{") && !cursor.Take("}");
  while (is_open) {
    auto condition = TakeCondition(cursor);
    if (!condition) return Refuse(text, condition.error());
    selector.conditions_.push_back(std::move(*condition));
    const bool has_comma = cursor.Take(",");
    is_open = !cursor.Take("}");
    if (is_open && !has_comma) return Refuse(text, "'}' is missing");
  }
  if (!cursor.is_at_end()) return Refuse(text, "there is more behind it");
  return selector;
}

bool Selector::Matches(const Labels& labels) const {
  return std::ranges::all_of(conditions_, [&labels](const Condition& condition) {
    const std::string_view value = LabelOf(labels, condition.label);
    switch (condition.op) {
      case Operator::kIs:
        return value == condition.value;
      case Operator::kIsNot:
        return value != condition.value;
      case Operator::kMatches:
      case Operator::kMatchesNot:
        break;
    }
    const bool does_match = value.size() <= kLongestMatched &&
                            std::regex_match(value.begin(), value.end(), condition.pattern);
    return does_match == (condition.op == Operator::kMatches);
  });
}

}  // namespace seep::endpoint
