// SPDX-License-Identifier: Apache-2.0
// Removing finished runs in portions: from the first one on a run is no longer shown. Private to
// Retain. (DELETE FROM run removes a run at once, and holds up everybody for seconds.)
#pragma once

#include <optional>
#include <string>

#include "storage/model/error.h"
#include "storage/model/ids.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// Begins to remove the oldest finished run that is not the newest of its name. Its name; nothing:
// there is none.
model::Result<std::optional<std::string>> BeginRemoval(Database& database);

// The run that is being removed, if there is one.
model::Result<std::optional<model::RunId>> RunInRemoval(Database& database);

// One portion, one transaction. Done when RunInRemoval has no more of it.
model::Status RemoveSome(Database& database, model::RunId run);

}  // namespace seep::sqlite
