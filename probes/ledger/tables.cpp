// SPDX-License-Identifier: Apache-2.0
#include "probes/ledger/tables.h"

#include <algorithm>

namespace seep::ledger {
namespace {

// How much of each table there is, held within its bounds. Beyond lie pages that do not exist:
// reading them would make them.
struct Extent {
  uint64_t modules, stacks, frames, live, shards;
};
Extent ExtentOf(const Header& header, const Sections& sections) {
  const auto count = [](const Word& used, const Word& ready, const Section& section) {
    return std::min({Load(used), Load(ready), section.capacity});
  };
  return {.modules = count(header.modules_used, header.modules_ready, sections.modules),
          .stacks = count(header.stacks_used, header.stacks_ready, sections.stacks),
          .frames = count(header.frames_used, header.frames_ready, sections.frames),
          .live = count(header.live_used, header.live_ready, sections.live),
          .shards = std::min(Load(header.shards_ready), sections.shards.capacity)};
}

}  // namespace

bool Tables::CopyFrom(const MappedFile& file, const Sections& sections) {
  bool is_whole = file.Copy(0, kHeaderBytes, &header);
  const Extent extent = ExtentOf(*As<Header>(header), sections);
  // Live entries before the counters: a block that is live was counted, or is about to be. The free
  // counters of a slot lie before its alloc counters and are copied first (ledger rule 3).
  is_whole = is_whole && file.Copy(sections.live.offset, extent.live * sizeof(LiveEntry), &live) &&
             file.Copy(sections.shards.offset, extent.shards * sizeof(Shard), &shards) &&
             file.Copy(sections.stacks.offset, extent.stacks * sizeof(StackSlot), &stacks) &&
             file.Copy(sections.modules.offset, extent.modules * sizeof(Module), &modules) &&
             file.Copy(sections.frames.offset, extent.frames * sizeof(uint64_t), &frames);
  return is_whole;
}

}  // namespace seep::ledger
