// SPDX-License-Identifier: Apache-2.0
// What the commands ask of a database. Any thread that owns the Database; each call sees one
// state of it, also while another process writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/model/error.h"
#include "storage/model/run.h"
#include "storage/model/run_data.h"
#include "storage/sqlite/database.h"

namespace seep::sqlite {

// All runs, newest first.
model::Result<std::vector<model::Run>> ListRuns(Database& database);

// kNotFound when there is none with that id.
model::Result<model::Run> GetRun(Database& database, model::RunId id);

// The run that a user means: "latest" (the one begun last), an id, or the newest of a name.
// kNotFound names the runs that there are.
model::Result<model::Run> FindRun(Database& database, std::string_view text);

// The newest unfinished run that holds this process: what an agent that was killed goes on with.
model::Result<std::optional<model::RunId>> FindUnfinishedRun(Database& database,
                                                             std::string_view boot_id, int pid,
                                                             uint64_t start_ticks);

// The newest unfinished run of this boot with an event of that kind and message.
model::Result<std::optional<model::RunId>> FindUnfinishedRunByEvent(Database& database,
                                                                    std::string_view boot_id,
                                                                    std::string_view kind,
                                                                    std::string_view message);

// The message of the first event of that kind; nothing: the run has none.
model::Result<std::optional<std::string>> FindEvent(Database& database, model::RunId run,
                                                    std::string_view kind);

// Everything of a run. Targets, series and stacks in the order of their first appearance, points,
// stack points and events by time, survivors oldest first, load by source and operation.
model::Result<model::RunData> LoadRun(Database& database, model::RunId id);

// Of the same the run, its targets and its series: what a look at a run that goes on needs.
model::Result<model::RunData> LoadRunSeries(Database& database, model::RunId id);

}  // namespace seep::sqlite
