// SPDX-License-Identifier: Apache-2.0
// Text in the Markdown of GitHub and GitLab. What comes from outside changes nothing there: no
// format, no markup, no link, no mention of a person or an issue.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seep::report {

// A sentence that has names from outside in it. Also right within HTML elements and table cells.
std::string MarkdownProse(std::string_view text);

// A name, in a fixed font. Likewise.
std::string MarkdownCode(std::string_view text);

// Lines in a fixed font, a block of its own. They are not wrapped.
std::string MarkdownBlock(std::string_view lines);

// "<details>": `summary` of MarkdownProse or -Code, `content` of whole blocks.
std::string MarkdownDetails(const std::string& summary, const std::string& content);

// Rows of a table, or items of a list, as many as a reader may want; the number of others is in the
// last.
class MarkdownRows {
 public:
  // `head`: lines of a table's head; empty for a list.
  explicit MarkdownRows(std::string head) : head_(std::move(head)) {}

  void Add(const std::string& row);  // "| a | b |" or "- a"
  size_t count() const { return count_; }
  std::string text() const;

 private:
  std::string head_;
  std::string rows_;
  size_t count_ = 0;
  size_t left_out_ = 0;
};

// A document of limited size: a block that does not fit is left out and named at the end.
class BoundedMarkdown {
 public:
  explicit BoundedMarkdown(size_t most_bytes) : most_bytes_(most_bytes) {}

  // `what` of "3 stacks": counted by it.
  void Add(const std::string& block, const std::string& what);

  // With a last line about what was left out.
  std::string Finish() &&;

 private:
  struct LeftOut {
    std::string what;
    size_t count;
  };

  size_t most_bytes_;
  std::string text_;
  std::vector<LeftOut> left_out_;
};

}  // namespace seep::report
