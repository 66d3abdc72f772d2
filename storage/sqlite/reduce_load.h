// SPDX-License-Identifier: Apache-2.0
// Windows of load and latency that are old become windows of ten minutes. Private to Retain.
#pragma once

#include <cstdint>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// One portion, in one transaction: the oldest whole ten minutes of one source and operation from
// before `cut_s`. Windows with a gap between them stay apart: nobody knows what was asked in it.
// Returns how many rows were read for it; 0: there is nothing to do.
model::Result<int64_t> ReduceLoad(Database& database, model::RunId run, double cut_s);

}  // namespace seep::sqlite
