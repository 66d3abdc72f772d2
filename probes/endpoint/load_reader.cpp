// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/load_reader.h"

#include <array>

namespace seep::endpoint {
namespace {

struct Row {
  LoadFormat format;
  std::string_view name;
  std::unique_ptr<LoadReader> (*make)();
};
constexpr std::array<Row, 6> kFormats{{
    {LoadFormat::kK6Json, "k6-json", &MakeK6JsonReader},
    {LoadFormat::kK6Csv, "k6-csv", &MakeK6CsvReader},
    {LoadFormat::kJmeter, "jmeter", &MakeJmeterReader},
    {LoadFormat::kLocust, "locust", &MakeLocustReader},
    {LoadFormat::kAutocannon, "autocannon", &MakeAutocannonReader},
    {LoadFormat::kHey, "hey", &MakeHeyReader},
}};

bool Has(std::string_view line, std::string_view word) {
  return line.find(word) != std::string_view::npos;
}

}  // namespace

std::string_view ToString(LoadFormat format) {
  return kFormats.at(static_cast<size_t>(format)).name;
}

std::optional<LoadFormat> ParseLoadFormat(std::string_view name) {
  for (const Row& row : kFormats) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::string LoadFormatNames() {
  std::string names;
  for (const Row& row : kFormats) names.append(names.empty() ? "" : ", ").append(row.name);
  return names;
}

std::optional<LoadFormat> TellFormat(std::string_view line) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.starts_with('{')) {
    const bool is_k6 = Has(line, "\"metric\"") &&
                       (Has(line, "\"type\":\"Metric\"") || Has(line, "\"type\":\"Point\""));
    if (is_k6) return LoadFormat::kK6Json;
    // Printed anew by another tool it begins with the brace alone.
    const bool is_whole = Has(line, "\"latency\"") && Has(line, "\"requests\"");
    if (is_whole || line == "{") return LoadFormat::kAutocannon;
  }
  if (line.starts_with("metric_name,timestamp")) return LoadFormat::kK6Csv;
  if (line.starts_with("timeStamp") && Has(line, "elapsed")) return LoadFormat::kJmeter;
  if (Has(line, "Timestamp") && Has(line, "User Count")) return LoadFormat::kLocust;
  if (line.starts_with("response-time,DNS+dialup")) return LoadFormat::kHey;
  return std::nullopt;
}

std::unique_ptr<LoadReader> MakeLoadReader(LoadFormat format) {
  return kFormats.at(static_cast<size_t>(format)).make();
}

}  // namespace seep::endpoint
