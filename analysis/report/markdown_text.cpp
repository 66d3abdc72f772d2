// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/markdown_text.h"

#include <algorithm>
#include <cctype>

#include "analysis/report/plain_text.h"

namespace seep::report {
namespace {

constexpr size_t kMostColumns = 1000;  // of a sentence or name
constexpr size_t kLineColumns = 300;   // of a line in a block
constexpr size_t kMostRows = 200;
constexpr size_t kMostRowBytes = 48 << 10;  // of all rows
constexpr size_t kLastLineBytes = 512;      // kept for what is left out
constexpr char kBreak[] = "&#8203;";        // zero-width space

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// What a reference may begin with, behind its sign.
bool IsName(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_+-\"/").find(c) != std::string_view::npos;
}

std::string Entity(char c) {
  return "&#" + std::to_string(static_cast<int>(c)) + ";";
}

// Some references are made of the source, others of the text that is shown, where an escaped sign
// is the sign again. An escaped sign with a space of no width behind it makes none: @name, #1, !1,
// ~label, %1, &1, $1, :sign:, http://, GH-1, www.
bool BeginsReference(std::string_view text, size_t at) {
  const char c = text[at];
  const char next = at + 1 < text.size() ? text[at + 1] : ' ';
  if (std::string_view("@#!~%&$:").find(c) != std::string_view::npos) return IsName(next);
  const auto follows = [&](std::string_view word) {
    if (at < word.size()) return false;
    return std::equal(
        word.begin(), word.end(), text.begin() + static_cast<long>(at - word.size()),
        [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); });
  };
  return (c == '-' && follows("gh")) || (c == '.' && follows("www"));
}

}  // namespace

std::string MarkdownProse(std::string_view text) {
  std::string line = Shorten(OneLine(text), kMostColumns);
  line.erase(0, line.find_first_not_of(' '));
  std::string prose;
  bool is_start = true;  // of a line, where "1." and "-" make lists
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool is_harmless = std::string_view(" ,;/'\"():%.-=+").find(c) != std::string_view::npos;
    const bool is_sign = std::ispunct(static_cast<unsigned char>(c)) != 0;
    const bool makes_list = is_start && std::string_view(".-=+)").find(c) != std::string_view::npos;
    const bool begins_reference = BeginsReference(line, i);
    if (is_sign && (!is_harmless || makes_list || begins_reference)) {
      prose += Entity(c);
    } else {
      prose += c;
    }
    if (begins_reference) prose += kBreak;
    is_start = is_start && IsDigit(c);
  }
  return prose;
}

std::string MarkdownCode(std::string_view text) {
  std::string code = "<code>";
  for (const char c : Shorten(OneLine(text), kMostColumns)) {
    const bool is_sign = std::ispunct(static_cast<unsigned char>(c)) != 0;
    code += is_sign ? Entity(c) : std::string(1, c);
  }
  return code + "</code>";
}

// What is between <pre> and </pre> is HTML, not Markdown, with blank lines and all.
std::string MarkdownBlock(std::string_view lines) {
  std::string block = "<pre>\n";
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    for (const char c : Shorten(OneLine(lines.substr(0, end)), kLineColumns)) {
      const bool is_markup = c == '<' || c == '>' || c == '&';
      block += is_markup ? Entity(c) : std::string(1, c);
    }
    block += '\n';
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return block + "</pre>\n";
}

std::string MarkdownDetails(const std::string& summary, const std::string& content) {
  return "<details><summary>" + summary + "</summary>\n\n" + content + "\n</details>\n";
}

void MarkdownRows::Add(const std::string& row) {
  ++count_;
  if (left_out_ > 0 || count_ > kMostRows || rows_.size() + row.size() > kMostRowBytes) {
    ++left_out_;
  } else {
    rows_ += row + '\n';
  }
}

std::string MarkdownRows::text() const {
  if (left_out_ == 0) return head_ + rows_;
  const char* begin = head_.empty() ? "- and " : "| and ";
  return head_ + rows_ + begin + std::to_string(left_out_) +
         (head_.empty() ? " more\n" : " more |\n");
}

void BoundedMarkdown::Add(const std::string& block, const std::string& what) {
  if (text_.size() + block.size() + 1 + kLastLineBytes < most_bytes_) {
    text_ += (text_.empty() ? "" : "\n") + block;
    return;
  }
  const auto same = std::find_if(left_out_.begin(), left_out_.end(),
                                 [&](const LeftOut& one) { return one.what == what; });
  if (same != left_out_.end()) {
    ++same->count;
  } else {
    left_out_.push_back({what, 1});
  }
}

std::string BoundedMarkdown::Finish() && {
  if (left_out_.empty()) return std::move(text_);
  std::string words;
  for (const LeftOut& one : left_out_) {
    words += (words.empty() ? "" : ", ") + std::to_string(one.count) + " " + one.what;
  }
  return text_ + "\nLeft out to keep this short: " + words +
         ". The whole is in the text and JSON reports.\n";
}

}  // namespace seep::report
