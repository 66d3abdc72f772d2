// SPDX-License-Identifier: Apache-2.0
// What a `seep report --json` says of a service, as far as the daemon tells it on.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/serve/agent_snapshot.h"
#include "storage/model/verdict.h"

namespace seep::agent {

struct ServiceVerdict {
  std::string summary;
  model::GrowthClass growth_class = model::GrowthClass::kInsufficientData;  // of the service
  // By pid.
  std::map<int, std::vector<serve::MetricGrowth>> growth;
  std::map<int, std::vector<serve::GrowingStack>> stacks;  // by rank
  std::vector<serve::DriftState> drift;                    // of the service
  bool symbol_server_failed = false;                       // it was asked, and did not answer
  std::string symbol_server_error{};
};

// Nothing: it is no report.
std::optional<ServiceVerdict> ReadVerdict(const std::string& text);

}  // namespace seep::agent
