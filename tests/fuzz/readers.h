// SPDX-License-Identifier: Apache-2.0
// Everything of ours that reads a file that others may have damaged. Each reads `path`, whatever it
// holds: an error is an answer, a crash is not, and what comes out must be plausible.
#pragma once

#include <string>
#include <string_view>

#include "tests/fuzz/file_image.h"

namespace seep::fuzz {

// Reader and HeapTracker, as the agent uses them, at times while somebody changes the file; and
// `seep report --ledger`.
void ReadLedger(const std::string& path, Random& random);
// TickSpool takes it over, as after a kill; and the codec, behind the checksum.
void ReadSpool(const std::string& path, Random& random);
// `seep list`, `seep report`; and an agent that goes on with what is there.
void ReadDatabase(const std::string& path, Random& random);

struct Kind {
  std::string_view name;
  std::string_view file_name;  // what it must be called to be found
  void (*read)(const std::string& path, Random& random);
};
inline constexpr Kind kKinds[] = {{"ledger", "7-7-7.ledger", &ReadLedger},
                                  {"spool", "seep.db-spool-0000000000000000-000000", &ReadSpool},
                                  {"database", "seep.db", &ReadDatabase}};

}  // namespace seep::fuzz
