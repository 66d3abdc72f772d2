// SPDX-License-Identifier: Apache-2.0
// What seep says to a person, or to a log: on stderr, so that stdout belongs to the target or to
// JSON.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seep::agent {

// Of syslog, as journald and log pipelines know them.
enum class Severity { kError = 3, kWarning = 4, kNotice = 5, kInfo = 6 };

enum class LogFormat {
  kText,  // "seep: LINE"; with syslog's "<4>" before it when stderr is the journal
  kJson,  // an object a line: time (RFC 3339, UTC), severity, message, and the fields
};
// Before the first line; of the whole process.
void SetLogFormat(LogFormat format);

// What a line is about, for machines: {"service", "api"}. People find it in the line.
using LogFields = std::vector<std::pair<std::string, std::string>>;

// One write, so that it does not mix with the target's lines. Clears a live line. Names from
// outside in `line` (paths, functions) cannot bring control characters into a log.
void Say(std::string_view line, Severity severity = Severity::kInfo, const LogFields& fields = {});

// The one line of a terminal that is overwritten in place; elsewhere a plain line.
void ShowProgress(std::string_view line);

bool IsTerminal();

}  // namespace seep::agent
