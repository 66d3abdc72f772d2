// SPDX-License-Identifier: Apache-2.0
#include "probes/endpoint/csv_table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

namespace seep::endpoint {
namespace {

constexpr size_t kLongestRecord = 256 << 10;
constexpr size_t kMostFields = 200;
constexpr std::string_view kDelimiters = ",;\t|";  // that JMeter may be told to use

}  // namespace

std::optional<double> ParseFinite(std::string_view text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failure] = std::from_chars(text.data(), end, number);
  if (failure != std::errc{} || rest != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

CsvTable::CsvTable(std::string first_column, std::vector<std::string> columns)
    : first_column_(std::move(first_column)) {
  for (size_t i = 0; i < columns.size(); ++i) places_.emplace(std::move(columns[i]), i);
}

CsvTable::Line CsvTable::Take(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (pending_.empty() && line.empty()) return Line::kNone;
  if (!pending_.empty()) pending_ += '\n';
  pending_ += line;
  if (std::ranges::count(pending_, '"') % 2 != 0) {
    if (pending_.size() <= kLongestRecord) return Line::kNone;
    pending_.clear();
    return Line::kWrong;
  }
  std::string record = std::exchange(pending_, {});
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (record.starts_with(kByteOrderMark)) record.erase(0, kByteOrderMark.size());
  const std::string_view unquoted = std::string_view(record).substr(record.starts_with('"'));
  const bool is_header = unquoted.starts_with(first_column_);
  if (is_header) {
    const size_t at = unquoted.find_first_of(kDelimiters);
    if (at != std::string_view::npos) delimiter_ = unquoted[at];
  }
  if (!Split(record)) return Line::kWrong;
  if (is_header && fields_.front() == first_column_) {
    TakeHeader();
    return Line::kNone;
  }
  return !places_.empty() && fields_.size() == places_.size() ? Line::kRow : Line::kWrong;
}

void CsvTable::TakeHeader() {
  places_.clear();
  for (size_t i = 0; i < fields_.size(); ++i) {
    // Of two columns of one name the first is meant.
    if (!places_.emplace(fields_[i], i).second) places_.emplace(std::to_string(i), i);
  }
}

bool CsvTable::Split(std::string_view record) {
  fields_.assign(1, {});
  bool is_quoted = false;
  for (size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"') {
      const bool is_escaped = is_quoted && i + 1 < record.size() && record[i + 1] == '"';
      if (is_escaped) {
        fields_.back() += '"';
        ++i;
      } else {
        is_quoted = !is_quoted;
      }
    } else if (c == delimiter_ && !is_quoted) {
      if (fields_.size() == kMostFields) return false;
      fields_.emplace_back();
    } else {
      fields_.back() += c;
    }
  }
  return true;
}

std::string_view CsvTable::Text(std::string_view column) const {
  const auto place = places_.find(column);
  return place == places_.end() ? std::string_view() : std::string_view(fields_.at(place->second));
}

}  // namespace seep::endpoint
