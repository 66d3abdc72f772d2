// SPDX-License-Identifier: Apache-2.0
// What the text reports are made of: lines within the width, cells of tables, and figures in the
// form that people read.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/model/run_data.h"

namespace seep::report {

// One line of at most kTextWidth columns.
void Line(std::string& text, std::string_view line);

// As many lines as it takes, the following ones indented.
void Paragraph(std::string& text, const std::string& paragraph, size_t indent);

// "  How sure          high: ...", as many lines as it takes, the following ones below `content`.
void Labelled(std::string& text, const std::string& label, const std::string& content);

// What a reader asks ("How sure") and what there is to say.
struct Answer {
  std::string label;  // empty: more on the question before
  std::string content;
};
using AnswerList = std::vector<Answer>;

// All of them, each as Labelled.
void Labelled(std::string& text, const AnswerList& answers);

// The answers for several quantities below each other, under one label.
class LabelOnce {
 public:
  LabelOnce(AnswerList& answers, std::string label) : answers_(answers), label_(std::move(label)) {}
  void Add(std::string content) {
    answers_.push_back({std::exchange(label_, {}), std::move(content)});
  }

 private:
  AnswerList& answers_;
  std::string label_;
};

// Left-aligned in `columns` columns, at least one blank after it.
std::string Cell(const std::string& text, size_t columns);

// Without the unit when it is not bytes; "?" for no number.
std::string Quantity(double value, const std::string& unit);

std::string Percent(double share);

// "4h36m"; "never" for infinity.
std::string Hours(double hours);

// "12.0 MiB +- 1.20 MiB"
std::string Estimate(double bytes, double standard_error);

// "service (pid 4711)", safe to print.
std::string TargetName(const model::RunData& data, model::TargetId id);

}  // namespace seep::report
