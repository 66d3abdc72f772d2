// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "tests/probes/preload/preloaded_child.h"

using namespace seep;

TEST_CASE("a program with a gap between its segments is unwound and has one build id") {
  const PreloadedChild child({SEEP_GAP_PROGRAM_PATH});
  REQUIRE(child.wait_status == 0);
  const ledger::Snapshot snapshot = child.Read();
  CHECK(snapshot.losses[ledger::kLossStackEnd] == 0);
  const auto is_program = [](const auto& module) { return module.path == SEEP_GAP_PROGRAM_PATH; };
  CHECK(std::count_if(snapshot.new_modules.begin(), snapshot.new_modules.end(), is_program) == 1);
  const auto program =
      std::find_if(snapshot.new_modules.begin(), snapshot.new_modules.end(), is_program);
  REQUIRE(program != snapshot.new_modules.end());
  CHECK(program->build_id.size() == 40);
}
