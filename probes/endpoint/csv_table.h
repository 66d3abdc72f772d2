// SPDX-License-Identifier: Apache-2.0
// Lines of comma-separated text (RFC 4180) with named columns, as load tools write them: fields in
// quotes may go over several lines, the columns are told by a header that may come again after a
// rotation.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seep::endpoint {

// A finite number and nothing else.
std::optional<double> ParseFinite(std::string_view text);

class CsvTable {
 public:
  // A header begins with `first_column`. `columns`: those of a file without a header; empty: there
  // must be one.
  explicit CsvTable(std::string first_column, std::vector<std::string> columns = {});

  enum class Line {
    kRow,    // complete: ask Text and Number
    kNone,   // nothing to read: the header, an empty line, a record that goes on
    kWrong,  // too few or many fields, a record too long, no header seen
  };
  Line Take(std::string_view line);
  // A record that was begun is given up; the columns stay.
  void Restart() { pending_.clear(); }

  // Of the row that was taken last. Empty: there is no such column, or nothing in it.
  std::string_view Text(std::string_view column) const;
  std::optional<double> Number(std::string_view column) const { return ParseFinite(Text(column)); }
  bool has(std::string_view column) const { return places_.contains(column); }

 private:
  void TakeHeader();
  bool Split(std::string_view record);

  std::string first_column_;
  char delimiter_ = ',';
  std::map<std::string, size_t, std::less<>> places_;
  std::vector<std::string> fields_;
  std::string pending_;  // a record whose quotes are still open
};

}  // namespace seep::endpoint
