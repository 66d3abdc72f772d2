// SPDX-License-Identifier: Apache-2.0
// Numbers as sentences of the verdict have them.
#pragma once

#include <string>

namespace seep::analysis {

std::string Number(double value);  // "1.3", "12"
std::string Count(double value);   // "1,200"
// "5.00 MiB/min", "340 KiB/h": per minute when it is fast, as the smaller number is the readable
// one.
std::string Rate(double bytes_per_hour);
std::string Hours(double hours);    // "40 min", "3.5 h", "12 days", "more than ten years"
std::string Percent(double share);  // "84 %"

}  // namespace seep::analysis
