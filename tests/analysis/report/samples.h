// SPDX-License-Identifier: Apache-2.0
// Runs written by hand, one for each kind of verdict and for what could break a format. The unit
// tests look into their reports; seep_report_samples writes them for the consumers of others.
#pragma once

#include <string>
#include <vector>

#include "report_fixture.h"

namespace seep::report {

// Exit 11: a metric and two stacks regressed, others moved, improved and are not known; a policy
// with a broken and an unmeasured limit and suppressions in all states.
Fixture RegressedRun();

// Exit 0: known growth that is suppressed, figures that are the same.
Fixture PassingRun();

// Exit 12: one baseline run alone, an expired suppression.
Fixture ProvisionalRun();

// RegressedRun with every text replaced by `text`.
Fixture HostileRun(const std::string& text);

// What tries to leave each of the formats: markup, quotes, control characters, broken UTF-8.
std::string HostileText();

// Hundreds of stacks, some with names of 10,000 characters, thousands of figures and points.
Fixture LargeRun();

struct Sample {
  std::string name;
  Fixture fixture;
};
std::vector<Sample> Samples();

}  // namespace seep::report
