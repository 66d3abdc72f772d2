// SPDX-License-Identifier: Apache-2.0
// How the commands end: an error in one line, or a verdict and its exit code.
#pragma once

#include <optional>
#include <vector>

#include "agent/commands/commands.h"
#include "agent/watch/recorder.h"
#include "storage/model/baseline.h"
#include "storage/model/error.h"
#include "storage/model/policy.h"
#include "storage/model/verdict.h"
#include "storage/sqlite/database.h"

namespace seep::agent {

inline int ToInt(model::ExitCode code) {
  return static_cast<int>(code);
}

// Says the error; the exit code that goes with it.
int Fail(const model::Error& error);

// The database of a report: writable for the symbol cache where it can be, else for reading.
model::Result<sqlite::Database> OpenForReport(const std::string& path);

// What a run is judged with beside its own data, found before it begins.
struct GateInputs {
  std::vector<model::Baseline> anchors;
  std::optional<model::Policy> policy;
};
// A baseline that is to be updated and is not there yet is one without runs. Errors of FindAnchors
// and LoadPolicy.
model::Result<GateInputs> PrepareGate(const WatchOptions& options, sqlite::Database& database);

// Ends a watch: closes the run, judges it, prints the verdict (stderr, or JSON on stdout), writes
// the reports, adds it to its baseline. Gives the verdict's exit code, or kFailed when something
// was not stored or written.
int FinishWatch(const WatchOptions& options, const GateInputs& gate, sqlite::Database& database,
                Recorder& recorder, double duration_s, std::optional<int> target_exit);

}  // namespace seep::agent
