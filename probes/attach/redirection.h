// SPDX-License-Identifier: Apache-2.0
// Slots that the first writing at an attach has not reached: of libraries loaded since, and those
// that a late lazy binding has overwritten. Looked for from outside while the program runs; the
// probe writes them, on a borrowed thread.
#pragma once

#include <cstddef>

#include "probes/attach/hook_slots.h"
#include "probes/attach/loaded_program.h"
#include "probes/attach/memory.h"
#include "storage/model/error.h"

namespace seep::attach {

struct Redirection {
  size_t slots = 0;   // written
  double held_s = 0;  // the longest for which one thread stood still
};

// Looks once and writes what it finds. `program` is brought up to date. kBusy: ld.so is at work
// just now, or no thread could be borrowed; what is not written stays so, which is safe
// (docs/attach.md).
model::Result<Redirection> RedirectFurther(const Memory& memory, LoadedProgram* program,
                                           double limit_s);

// Does so while the program runs.
class SlotKeeper {
 public:
  explicit SlotKeeper(pid_t pid) : memory_(pid) {}

  // Cheap when nothing was loaded since: reads the list of objects.
  model::Result<Redirection> Refresh();

 private:
  Memory memory_;
  LoadedProgram program_;
  int idle_scans_ = 0;
};

}  // namespace seep::attach
