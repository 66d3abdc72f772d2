// SPDX-License-Identifier: Apache-2.0
// What the page of a report makes its flame graphs of.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "analysis/report/report.h"

namespace seep::report {

// Each frame once, each string of it once: stacks are lists of numbers.
class FrameTable {
 public:
  std::vector<size_t> Add(const std::vector<model::SourceFrame>& frames);
  // {"strings", "function", "file", "line", "module", "inlined"}: columns, the names as indices of
  // "strings".
  nlohmann::ordered_json Data() const;

 private:
  size_t AddString(const std::string& text);

  std::map<std::string, size_t> known_strings_;
  std::vector<std::string> strings_;
  using Key = std::tuple<size_t, size_t, int, size_t, bool>;
  std::map<Key, size_t> known_frames_;
  std::vector<Key> frames_;
};

// {"list", "rest", "judged"} of drawn_stacks.h. Each of "list": "target", "kind", "frames" (of the
// table, innermost first), "fingerprint", "live", "gained" (or null), "rank" in the verdict (or 0).
nlohmann::ordered_json StacksData(const ReportInput& input, FrameTable& table);

}  // namespace seep::report
