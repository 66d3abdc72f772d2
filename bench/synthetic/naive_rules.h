// SPDX-License-Identifier: Apache-2.0
// The gates that people make by hand, as they are written in dashboards and CI scripts: the peers
// of the table. Each says "leak" or not of a whole series (analysis.md 0.1 and 3.3).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "storage/model/series.h"

namespace seep::synthetic {

struct NaiveRule {
  std::string name;
  bool (*flags)(std::span<const model::Point> points);
};
const std::vector<NaiveRule>& NaiveRules();

}  // namespace seep::synthetic
