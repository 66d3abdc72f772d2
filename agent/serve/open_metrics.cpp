// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/open_metrics.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace seep::serve {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

void AppendNumber(std::string& text, double value) {
  char digits[32];  // the shortest text of a double that reads back the same has 24 characters
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text.append(digits, end);
}

// Never with an exponent, which not every reader of timestamps takes.
void AppendSeconds(std::string& text, int64_t milliseconds) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits,
                                 static_cast<double>(milliseconds) / 1e3, std::chars_format::fixed)
                       .ptr;
  text.append(digits, end);
}

// HELP and label values have the same three escapes.
void AppendEscaped(std::string& text, std::string_view value) {
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
}

void AppendLabels(std::string& text, const std::vector<ClientMetric::Label>& labels) {
  if (labels.empty()) return;
  char separator = '{';
  for (const ClientMetric::Label& label : labels) {
    text += separator;
    text.append(label.name).append("=\"");
    AppendEscaped(text, label.value);
    text += '"';
    separator = ',';
  }
  text += '}';
}

std::string_view Without(std::string_view name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

// The unit is a suffix of the family's name.
std::string_view UnitOf(std::string_view family) {
  for (const std::string_view unit : {"bytes_per_second", "bytes", "seconds", "ratio"}) {
    if (family.ends_with(unit) && family.size() > unit.size() &&
        family[family.size() - unit.size() - 1] == '_') {
      return unit;
    }
  }
  return "";
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view TakeUntil(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = Trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// The weight that Accept gives to `media_type` by name; absent: does not name it.
std::optional<double> WeightOf(std::string_view media_type, std::string_view accept) {
  std::optional<double> weight;
  while (!accept.empty()) {
    std::string_view range = TakeUntil(accept, ',');
    if (!EqualsIgnoringCase(TakeUntil(range, ';'), media_type)) continue;
    double q = 1;
    while (!range.empty()) {
      std::string_view parameter = TakeUntil(range, ';');
      if (!EqualsIgnoringCase(TakeUntil(parameter, '='), "q")) continue;
      const auto read = std::from_chars(parameter.data(), parameter.data() + parameter.size(), q);
      if (read.ec != std::errc{}) q = 0;
    }
    weight = std::max(weight.value_or(0), q);
  }
  return weight;
}

}  // namespace

void AppendFamily(std::string& text, const MetricFamily& family) {
  const bool is_counter = family.type == MetricType::Counter;
  const bool is_info = !is_counter && family.name.ends_with("_info");
  const std::string_view name = is_counter ? Without(family.name, "_total")
                                : is_info  ? Without(family.name, "_info")
                                           : std::string_view(family.name);
  const char* type = is_counter ? "counter" : is_info ? "info" : "gauge";
  text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  if (const std::string_view unit = UnitOf(name); !unit.empty()) {
    text.append("# UNIT ").append(name).append(" ").append(unit).append("\n");
  }
  text.append("# HELP ").append(name).append(" ");
  AppendEscaped(text, family.help);
  text += '\n';
  for (const ClientMetric& sample : family.metric) {
    text.append(name).append(is_counter ? "_total" : is_info ? "_info" : "");
    AppendLabels(text, sample.label);
    text += ' ';
    AppendNumber(text, is_counter ? sample.counter.value : sample.gauge.value);
    if (sample.timestamp_ms != 0) {
      text += ' ';
      AppendSeconds(text, sample.timestamp_ms);
    }
    text += '\n';
  }
}

std::string OpenMetricsText(const std::vector<MetricFamily>& families) {
  std::string text;
  for (const MetricFamily& family : families) AppendFamily(text, family);
  return text + kEndOfMetrics;
}

bool AcceptsOpenMetrics(std::string_view accept) {
  const auto open_metrics = WeightOf("application/openmetrics-text", accept);
  if (!open_metrics || *open_metrics <= 0) return false;
  return *open_metrics >= WeightOf("text/plain", accept).value_or(0);
}

}  // namespace seep::serve
