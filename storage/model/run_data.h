// SPDX-License-Identifier: Apache-2.0
// Everything stored of one run: the input of the analysis.
#pragma once

#include <vector>

#include "storage/model/load.h"
#include "storage/model/run.h"
#include "storage/model/series.h"
#include "storage/model/stack.h"

namespace seep::model {

struct RunData {
  Run run;
  std::vector<Target> targets;
  std::vector<SeriesData> series;
  std::vector<Module> modules;
  std::vector<StackHistory> stacks;
  std::vector<Event> events;
  std::vector<LoadWindow> load{};  // by source and operation, each ascending in time
};

}  // namespace seep::model
