// SPDX-License-Identifier: Apache-2.0
#include "storage/csv/read_series.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

namespace seep::csv {
namespace {

using model::Errc;
using model::Fail;
using Fields = std::vector<std::string_view>;

enum Column { kTime, kValue, kLoad, kColumns };
constexpr std::array<std::string_view, kColumns> kColumnNames{"time_s", "value", "load"};
constexpr char kHeaderHelp[] =
    "begin the file with a line such as time_s,value or time_s,value,load";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string_view Trim(std::string_view field) {
  const auto trim = [&field](std::string_view what) {
    field.remove_prefix(std::min(field.find_first_not_of(what), field.size()));
    field.remove_suffix(field.size() - std::min(field.find_last_not_of(what) + 1, field.size()));
  };
  trim(" \t");
  if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
    return field.substr(1, field.size() - 2);
  }
  return field;
}

Fields Split(std::string_view line) {
  Fields fields;
  for (size_t comma = 0; comma != std::string_view::npos;) {
    comma = line.find(',');
    fields.push_back(Trim(line.substr(0, comma)));
    if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
  }
  return fields;
}

class Parser {
 public:
  Parser(std::istream& text, const std::string& name) : text_(text), name_(name) {}

  model::Result<SeriesFile> Parse() {
    for (auto line = Next(); !line || *line; line = Next()) {
      if (!line) return std::unexpected(line.error());
      const std::string_view content = **line;
      if (content.find_first_not_of(" \t") == std::string_view::npos) continue;
      const Fields fields = Split(content);
      auto read = width_ == 0 ? ReadHeader(fields) : ReadMeasurement(fields);
      if (!read) return std::unexpected(read.error());
    }
    if (width_ == 0)
      return Fail(Errc::kCorrupt, fmt::format("{} is empty; {}", name_, kHeaderHelp));
    if (file_.values.empty()) {
      return Fail(Errc::kCorrupt, fmt::format("{} has a header and no values; add lines such as "
                                              "0,1048576",
                                              name_));
    }
    return std::move(file_);
  }

 private:
  std::unexpected<model::Error> Refuse(const std::string& why) const {
    return Fail(Errc::kCorrupt, fmt::format("{}, line {}: {}", name_, number_, why));
  }

  // Without its end; nothing at the end of the text.
  model::Result<std::optional<std::string_view>> Next() {
    text_.getline(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    auto length = static_cast<size_t>(text_.gcount());
    if (text_.bad()) return model::FailErrno("reading " + name_);
    if (length == 0 && text_.eof()) return std::nullopt;
    ++number_;
    if (text_.fail()) {
      return Refuse(fmt::format("longer than {} bytes; is this a CSV file?", kLongestLine));
    }
    if (!text_.eof()) --length;  // gcount counts the newline
    std::string_view line(buffer_.data(), length);
    if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto strange = std::find_if(line.begin(), line.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') ||
             static_cast<unsigned char>(c) > 0x7e;
    });
    if (strange != line.end()) {
      return Refuse(
          fmt::format("byte 0x{:02x} is not plain text; save the file as CSV in UTF-8 with "
                      "names and numbers only",
                      static_cast<unsigned char>(*strange)));
    }
    return line;
  }

  model::Status ReadHeader(const Fields& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto known = std::find(kColumnNames.begin(), kColumnNames.end(), fields[i]);
      if (known == kColumnNames.end()) {
        return Refuse(
            fmt::format("'{}' is not a column that seep knows; {}", fields[i], kHeaderHelp));
      }
      std::optional<size_t>& place = places_[static_cast<size_t>(known - kColumnNames.begin())];
      if (place)
        return Refuse(fmt::format("column '{}' is named twice; keep one of them", fields[i]));
      place = i;
    }
    for (const Column column : {kTime, kValue}) {
      if (!places_[column]) {
        return Refuse(fmt::format("column '{}' is missing; {}", kColumnNames[column], kHeaderHelp));
      }
    }
    width_ = fields.size();
    return {};
  }

  model::Status ReadMeasurement(const Fields& fields) {
    if (fields.size() != width_) {
      return Refuse(
          fmt::format("{} fields, but the header names {} columns; write one number a "
                      "column, with a point for decimals",
                      fields.size(), width_));
    }
    if (file_.values.size() == kMostValues) {
      return Refuse(fmt::format("more than {} values; keep fewer of them", kMostValues));
    }
    std::array<double, kColumns> numbers{};
    for (const Column column : {kTime, kValue, kLoad}) {
      if (!places_[column]) continue;
      const auto number = ReadNumber(column, fields[*places_[column]]);
      if (!number) return std::unexpected(number.error());
      numbers[column] = *number;
    }
    const double t_s = numbers[kTime];
    if (!file_.values.empty() && t_s <= file_.values.back().t_s) {
      const bool is_same = t_s == file_.values.back().t_s;
      return Refuse(fmt::format("time {} is {} that of the line before; {}", t_s,
                                is_same ? "the same as" : "earlier than",
                                is_same ? "keep one value a time" : "sort the lines by time"));
    }
    file_.values.push_back({t_s, numbers[kValue]});
    if (places_[kLoad]) file_.load.push_back({t_s, numbers[kLoad]});
    return {};
  }

  model::Result<double> ReadNumber(Column column, std::string_view field) const {
    const std::string_view name = kColumnNames[column];
    if (field.empty()) return Refuse(fmt::format("{} is empty; leave the line out", name));
    double number = 0;
    const char* end = field.data() + field.size();
    const auto [rest, failure] = std::from_chars(field.data(), end, number);
    if (rest != end || failure == std::errc::invalid_argument) {
      return Refuse(
          fmt::format("{} '{}' is not a number; write it like 1048576 or 1.5e6", name, field));
    }
    if (failure != std::errc{} || !std::isfinite(number)) {
      return Refuse(fmt::format("{} '{}' is not a finite number; leave the line out", name, field));
    }
    const double most = column == kTime ? kMostTime_s : kMostValue;
    if (std::abs(number) > most) {
      return Refuse(fmt::format("{} {} is beyond {:g}; {}", name, field, most,
                                column == kTime ? "give seconds" : "choose a larger unit"));
    }
    return number;
  }

  std::istream& text_;
  const std::string& name_;
  // One more for a carriage return, three for the byte order mark, one for the end.
  std::array<char, kLongestLine + 5> buffer_{};
  size_t number_ = 0;  // of the line, from 1
  size_t width_ = 0;   // columns; 0: the header is still to come
  std::array<std::optional<size_t>, kColumns> places_{};
  SeriesFile file_;
};

}  // namespace

model::Result<SeriesFile> ReadSeries(std::istream& text, const std::string& name) {
  return Parser(text, name).Parse();
}

model::Result<SeriesFile> ReadSeriesFile(const std::string& path) {
  if (path == "-") return ReadSeries(std::cin, "standard input");
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return Fail(Errc::kCorrupt, path + " is a folder; name a CSV file, or - for standard input");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) return model::FailErrno("opening " + path);
  return ReadSeries(file, path);
}

}  // namespace seep::csv
