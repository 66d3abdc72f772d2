// SPDX-License-Identifier: Apache-2.0
// What came of limits and suppressions, in one line each. All reports say it alike.
#pragma once

#include <string>

#include "storage/model/policy.h"

namespace seep::report {

// "peak memory: broken: 512 MiB, at most 500 MiB"
std::string LimitInWords(const model::LimitResult& result);

// "0123456789abcdef: used: covers growth of 72.0 MiB per hour; the session table fills (owner ...)"
std::string SuppressionInWords(const model::SuppressionResult& result);

// Fingerprint or metric.
std::string SubjectOf(const model::Suppression& suppression);

// "cache fills for a week (owner memory-team, until 2026-12-01)"
std::string Justification(const model::Suppression& suppression);

}  // namespace seep::report
