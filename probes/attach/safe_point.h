// SPDX-License-Identifier: Apache-2.0
// Whether a stopped thread may be made to call dlopen: it must hold none of the locks that this
// takes (the allocator's, the loader's, those of thread creation and fork), must not be in the
// middle of changing what they protect, and must have room on its stack. docs/attach.md, "Safe
// points", has the argument.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/attach/loaded_program.h"
#include "probes/attach/mappings.h"
#include "probes/attach/memory.h"
#include "probes/attach/tracee.h"

namespace seep::attach {

class SafePoints {
 public:
  // For one state of the loaded objects; both must outlive this.
  SafePoints(const Memory& memory, const LoadedProgram& program);

  // Empty: yes. Else what the thread is doing, for a person.
  std::string WhyNot(const Tracee& thread, const Registers& registers,
                     const std::vector<Mapping>& mappings) const;

 private:
  struct Range {
    uint64_t start;
    uint64_t end;
    std::string what;
  };
  void ForbidObject(size_t object, const std::string& what);
  void ForbidFunction(size_t object, std::string_view name, const std::string& what);
  void ForbidAllocator();
  std::string WhyNotHere(const std::vector<uint64_t>& frames, bool is_in_wait) const;

  const Memory& memory_;
  const LoadedProgram& program_;
  std::vector<Range> forbidden_;
  uint64_t stack_limit_ = 0;              // bytes of the main stack, 0: unknown
  bool is_allocator_in_program_ = false;  // linked in: its inner functions are not known
};

}  // namespace seep::attach
