// SPDX-License-Identifier: Apache-2.0
// How growing stacks are picked by hand, and by the tools of today: the peers of the table.
#pragma once

#include <string>
#include <vector>

#include "analysis/series/blocks.h"
#include "storage/model/run_data.h"

namespace seep::synthetic {

struct StackRule {
  std::string name;
  // Places in data.stacks.
  std::vector<size_t> (*find)(const model::RunData& data, const analysis::Window& window);
};
const std::vector<StackRule>& StackRules();

}  // namespace seep::synthetic
