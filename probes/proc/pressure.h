// SPDX-License-Identifier: Apache-2.0
// Pressure stall information: how much of the time tasks waited for a resource
// (Documentation/accounting/psi.rst). Of a control group, or of the whole machine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seep::proc {

// Nothing: the kernel does not say.
struct Pressure {
  std::optional<double> some_percent;  // of the last 10 s: at least one task waited
  std::optional<double> full_percent;  // all of them did
  std::optional<double> some_seconds;  // cumulative
  std::optional<double> full_seconds;
};

Pressure ParsePressure(std::string_view text);

// `resource`: "memory", "io" or "cpu"; of the group, else of the machine.
Pressure ReadPressure(const std::string& group_folder, const std::string& resource);

}  // namespace seep::proc
