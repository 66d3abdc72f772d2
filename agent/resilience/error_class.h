// SPDX-License-Identifier: Apache-2.0
// What kind of failure an error is, and what is done about each kind (docs/resilience.md).
// Pure functions, any thread.
#pragma once

#include <string_view>

#include "storage/model/error.h"

namespace seep::resilience {

enum class ErrorClass {
  kTransient,       // may be gone in a moment: busy, disk full, connection refused, timeout
  kPermanent,       // stays until a person does something: damaged, not found, not supported
  kRateLimit,       // we ask too often
  kAuthentication,  // we may not
  kDataValidation,  // the dependency is well; this one thing is refused, or makes no sense
  kUnknown,
};
std::string_view ToString(ErrorClass error);

// Of a local dependency: a database, a file.
ErrorClass Classify(const model::Error& error);
// Of an answer that is no success (2xx).
ErrorClass ClassifyHttp(int status);
// Of a system call that failed: no answer at all.
ErrorClass ClassifyErrno(int error);

struct Strategy {
  bool is_against_breaker;  // false: the dependency has answered, so it is there
  bool opens_at_once;       // true: asking a second time would tell nothing new
  double least_wait_s;      // before the first probe, if that is longer than the back-off
  bool is_repeated;         // false: the same thing is never sent again, it is counted as lost
};
const Strategy& StrategyOf(ErrorClass error);

}  // namespace seep::resilience
