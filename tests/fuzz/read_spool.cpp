// SPDX-License-Identifier: Apache-2.0
#include <filesystem>

#include "agent/resilience/tick_codec.h"
#include "agent/resilience/tick_spool.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/readers.h"

namespace seep::fuzz {

void ReadSpool(const std::string& path, Random& random) {
  constexpr uint64_t kDecodeOneIn = 8;
  const std::string folder = std::filesystem::path(path).parent_path();
  resilience::TickSpool spool({.path_prefix = folder + "/seep.db-spool", .key = 1});
  const uint64_t adopted = spool.counts().adopted;
  uint64_t taken = 0;
  while (const auto tick = spool.Front()) {
    Expect(++taken <= adopted, "no tick twice");
    if (Below(random, kDecodeOneIn) == 0) {
      // Behind the checksum no damage of a disk is left; a file can be made, though.
      std::string bytes = resilience::Encode(*tick);
      Mutate(random, &bytes);
      if (const auto decoded = resilience::Decode(bytes)) resilience::Encode(*decoded);
    }
    spool.Pop();
  }
  Expect(spool.empty(), "an end of the spool");
}

}  // namespace seep::fuzz
