// SPDX-License-Identifier: Apache-2.0
// Which samples are meant, as Prometheus writes it:
//
//     http_requests_total{code=~"5..", method!="OPTIONS"}        =  !=  =~  !~
//
// Regular expressions match the whole value; they are ECMAScript's, not RE2.
#pragma once

#include <expected>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "probes/endpoint/prometheus_text.h"
#include "storage/model/error.h"

namespace seep::endpoint {

class Selector {
 public:
  // kInvalidArgument: what is wrong, and what would be right.
  static model::Result<Selector> Parse(std::string_view text);

  const std::string& metric() const { return metric_; }
  // The labels alone, whatever the name of the sample.
  bool Matches(const Labels& labels) const;

 private:
  enum class Operator { kIs, kIsNot, kMatches, kMatchesNot };
  struct Condition {
    std::string label;
    Operator op = Operator::kIs;
    std::string value;
    std::regex pattern{};
  };
  // What is wrong with it.
  template <typename Cursor>
  static std::expected<Condition, std::string> TakeCondition(Cursor& cursor);

  std::string metric_;
  std::vector<Condition> conditions_;
};

}  // namespace seep::endpoint
