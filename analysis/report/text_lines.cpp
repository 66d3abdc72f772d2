// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/text_lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "analysis/report/lookup.h"
#include "analysis/report/plain_text.h"
#include "analysis/report/report.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

std::string Format(const char* format, auto... values) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

}  // namespace

void Line(std::string& text, std::string_view line) {
  text += Shorten(line, kTextWidth) + '\n';
}

void Paragraph(std::string& text, const std::string& paragraph, size_t indent) {
  text += Wrap(OneLine(paragraph), kTextWidth, indent) + '\n';
}

void Labelled(std::string& text, const std::string& label, const std::string& content) {
  constexpr size_t kContent = 20;  // column
  constexpr char kKept = '\1';     // a blank that Wrap may not take for a place to break
  const std::string padded = "  " + label + std::string(kContent - 2 - label.size(), kKept);
  std::string lines = Wrap(padded + OneLine(content), kTextWidth, kContent);
  std::replace(lines.begin(), lines.end(), kKept, ' ');
  text += lines + '\n';
}

void Labelled(std::string& text, const AnswerList& answers) {
  for (const Answer& answer : answers) Labelled(text, answer.label, answer.content);
}

std::string Cell(const std::string& text, size_t columns) {
  const std::string cut = Shorten(text, columns - 1);
  return cut + std::string(columns - Columns(cut), ' ');
}

std::string Quantity(double value, const std::string& unit) {
  if (!std::isfinite(value)) return "?";
  if (unit == "bytes") return model::FormatBytes(value);
  return Format(std::abs(value) < 1000 ? "%.3g" : "%.0f", value);
}

std::string Percent(double share) {
  return std::isfinite(share) ? Format("%.0f %%", std::round(100 * share) + 0.0) : "?";  // no -0
}

std::string Hours(double hours) {
  return std::isfinite(hours) ? model::FormatDuration(3600 * hours) : "never";
}

std::string TargetName(const model::RunData& data, model::TargetId id) {
  const model::Target* target = FindTarget(data, id);
  if (target == nullptr) return "unknown process";
  return OneLine(model::ProgramName(*target)) + " (pid " + std::to_string(target->pid) + ")";
}

std::string Estimate(double bytes, double standard_error) {
  return model::FormatBytes(bytes) + " +- " + model::FormatBytes(standard_error);
}

}  // namespace seep::report
