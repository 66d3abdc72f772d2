// SPDX-License-Identifier: Apache-2.0
// Measurements of one run become buckets, and small buckets larger ones. Private to Retain.
#pragma once

#include <cstdint>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

enum class Reduction {
  kToMinutes,     // point -> point_1m
  kToTenMinutes,  // point_1m -> point_10m
};

// One portion, in one transaction: the oldest rows of the run from before `cut_s`, whole buckets
// only. A row that comes late joins the bucket that is there. Returns how many rows are gone; 0:
// there is nothing to do.
model::Result<int64_t> ReduceSome(Database& database, model::RunId run, Reduction reduction,
                                  double cut_s);

}  // namespace seep::sqlite
