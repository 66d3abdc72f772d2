// SPDX-License-Identifier: Apache-2.0
// SQLite's result codes as seep's errors: file, cause in SQLite's words, remedy, in one line.
#pragma once

#include "storage/model/error.h"

struct sqlite3;

namespace seep::sqlite {

// The error of the last failed call on `connection`, whose result was `result_code`.
// kBusy: another process writes; kCorrupt: damaged; kInvalidArgument: a value breaks a rule of the
// schema; kNotFound: no such file; else kIo.
std::unexpected<model::Error> Failure(sqlite3* connection, int result_code);

}  // namespace seep::sqlite
