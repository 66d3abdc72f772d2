// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/prometheus_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace seep::endpoint {
namespace {

constexpr std::array<std::pair<std::string_view, MetricType>, 5> kTypes{
    {{"unknown", MetricType::kUnknown},
     {"counter", MetricType::kCounter},
     {"gauge", MetricType::kGauge},
     {"histogram", MetricType::kHistogram},
     {"summary", MetricType::kSummary}}};

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

bool IsNameChar(char c, bool is_first) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  return is_letter || (!is_first && c >= '0' && c <= '9');
}

void SkipBlanks(std::string_view* text) {
  while (!text->empty() && IsBlank(text->front())) text->remove_prefix(1);
}

std::string_view TakeName(std::string_view* text) {
  size_t length = 0;
  while (length < text->size() && IsNameChar((*text)[length], length == 0)) ++length;
  const std::string_view name = text->substr(0, length);
  text->remove_prefix(length);
  return name;
}

std::string_view TakeWord(std::string_view* text) {
  SkipBlanks(text);
  const std::string_view word = text->substr(0, text->find_first_of(" \t"));
  text->remove_prefix(word.size());
  return word;
}

bool TakeChar(std::string_view* text, char wanted) {
  if (text->empty() || text->front() != wanted) return false;
  text->remove_prefix(1);
  return true;
}

// Behind the opening quote, up to and with the closing one.
bool TakeQuoted(std::string_view* text, std::string* value) {
  value->clear();
  while (!text->empty()) {
    const char c = text->front();
    text->remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      *value += c;
      continue;
    }
    if (text->empty()) return false;
    const char escaped = text->front();
    text->remove_prefix(1);
    if (escaped == 'n') {
      *value += '\n';
    } else {
      if (escaped != '\\' && escaped != '"') *value += '\\';
      *value += escaped;
    }
  }
  return false;
}

// Behind the opening brace, up to and with the closing one.
bool TakeLabels(std::string_view* text, Labels* labels) {
  while (true) {
    SkipBlanks(text);
    if (TakeChar(text, '}')) return true;
    const std::string_view name = TakeName(text);
    SkipBlanks(text);
    if (name.empty() || labels->size() == PrometheusText::kMostLabels) return false;
    if (!LabelOf(*labels, name).empty() || !TakeChar(text, '=')) return false;
    SkipBlanks(text);
    auto& [label, value] = labels->emplace_back();
    label = name;
    if (!TakeChar(text, '"') || !TakeQuoted(text, &value)) return false;
    SkipBlanks(text);
    if (!TakeChar(text, ',') && (text->empty() || text->front() != '}')) return false;
  }
}

std::optional<double> ParseValue(std::string_view text) {
  std::string lower(text.substr(0, 10));
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, value);
  if (rest != end || text.empty() || failure == std::errc::invalid_argument) return std::nullopt;
  // Too large or too small for a double.
  if (failure == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
  return value;
}

}  // namespace

std::string_view LabelOf(const Labels& labels, std::string_view name) {
  const auto found = std::ranges::find(
      labels, name, [](const auto& label) -> std::string_view { return label.first; });
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view ToString(MetricType type) {
  for (const auto& [name, known] : kTypes) {
    if (known == type) return name;
  }
  return "other";
}

void PrometheusText::Add(std::string_view piece) {
  while (!piece.empty()) {
    const size_t end = piece.find('\n');
    const std::string_view part = piece.substr(0, end);
    piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
    if (!is_skipping_ && half_line_.size() + part.size() > kLongestLine) {
      NoteMalformed(half_line_.empty() ? part : half_line_);
      half_line_.clear();
      is_skipping_ = true;
    }
    if (end == std::string_view::npos) {
      if (!is_skipping_) half_line_ += part;
      return;
    }
    if (is_skipping_) {
      is_skipping_ = false;
    } else if (half_line_.empty()) {
      TakeLine(part);
    } else {
      half_line_ += part;
      TakeLine(half_line_);
      half_line_.clear();
    }
  }
}

void PrometheusText::TakeLine(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  SkipBlanks(&line);
  if (line.empty()) return;
  if (line.front() == '#') {
    TakeComment(line);
  } else if (samples_ == kMostSamples || has_ended_ || !TakeSample(line)) {
    NoteMalformed(line);
  }
}

void PrometheusText::TakeComment(std::string_view line) {
  if (line == "# EOF") has_ended_ = true;
  line.remove_prefix(1);
  if (TakeWord(&line) != "TYPE") return;
  const std::string_view family = TakeWord(&line);
  const std::string_view type = TakeWord(&line);
  if (family.empty() || types_.size() == kMostTypes) return;
  const auto known = std::ranges::find(kTypes, type, [](const auto& row) { return row.first; });
  const bool is_untyped = type == "untyped";
  types_.insert_or_assign(std::string(family), is_untyped              ? MetricType::kUnknown
                                               : known == kTypes.end() ? MetricType::kOther
                                                                       : known->second);
}

bool PrometheusText::TakeSample(std::string_view line) {
  sample_.name = TakeName(&line);
  sample_.labels.clear();
  SkipBlanks(&line);
  if (sample_.name.empty()) return false;
  if (TakeChar(&line, '{') && !TakeLabels(&line, &sample_.labels)) return false;
  // Behind it may be a moment, and in OpenMetrics an exemplar: of no use here.
  const auto value = ParseValue(TakeWord(&line));
  if (!value) return false;
  const std::string_view moment = TakeWord(&line);
  if (!moment.empty() && moment != "#" && !ParseValue(moment)) return false;
  sample_.value = *value;
  ++samples_;
  take_(sample_);
  return true;
}

void PrometheusText::NoteMalformed(std::string_view line) {
  constexpr size_t kShown = 60;
  if (malformed_++ != 0) return;
  first_malformed_ = line.substr(0, kShown);
  for (char& c : first_malformed_) {
    if (c < ' ' || c > '~') c = '?';
  }
}

model::Status PrometheusText::Finish(bool is_open_metrics) {
  using model::Errc;
  if (malformed_ > samples_) {
    return model::Fail(Errc::kCorrupt, "it tells no metrics but '" + first_malformed_ +
                                           "'; name the address of its /metrics");
  }
  if (!half_line_.empty() || is_skipping_) {
    return model::Fail(Errc::kCorrupt, "its metrics end within a line: they are cut off");
  }
  if (is_open_metrics && !has_ended_) {
    return model::Fail(Errc::kCorrupt, "its metrics end without '# EOF': they are cut off");
  }
  return {};
}

MetricType PrometheusText::TypeOf(std::string_view family) const {
  const auto found = types_.find(family);
  return found == types_.end() ? MetricType::kUnknown : found->second;
}

}  // namespace seep::endpoint
