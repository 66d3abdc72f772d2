// SPDX-License-Identifier: Apache-2.0
// Points a program's slots to libseep's hooks, or back, while all its threads stand still. What is
// to be written is found out beforehand: they stand for as long as it takes to stop them.
#pragma once

#include <cstddef>
#include <vector>

#include "probes/attach/hook_slots.h"
#include "probes/attach/loaded_program.h"
#include "probes/attach/memory.h"
#include "storage/model/error.h"

namespace seep::attach {

struct Redirection {
  size_t slots = 0;               // written
  std::vector<double> stopped_s;  // of each stop: from the first request to the last resumption
};

// Until no slot is left that should be changed. `program` is brought up to date. kBusy: a thread
// was in the dynamic loader each time; what was changed so far stays so, which is safe
// (docs/attach.md).
model::Result<Redirection> Redirect(const Memory& memory, LoadedProgram* program,
                                    Direction direction, double limit_s);

// Keeps the slots of a program redirected while it loads further objects, and while calls that were
// being bound during the attach find their slots.
class SlotKeeper {
 public:
  explicit SlotKeeper(pid_t pid) : memory_(pid) {}

  // Cheap when nothing was loaded since: reads the list of objects.
  model::Result<Redirection> Refresh();

 private:
  Memory memory_;
  LoadedProgram program_;
  int clean_scans_ = 0;
};

}  // namespace seep::attach
