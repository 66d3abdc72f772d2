// SPDX-License-Identifier: Apache-2.0
// /proc/PID/maps as values.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "storage/model/error.h"

namespace seep::attach {

struct Mapping {
  uint64_t start = 0;
  uint64_t end = 0;
  bool is_readable = false;
  bool is_writable = false;
  bool is_executable = false;
  std::string path;  // "[stack]" and the like too; empty: anonymous

  bool Holds(uint64_t address) const { return address >= start && address < end; }
  // Nobody may touch it: a guard.
  bool is_guard() const { return !is_readable && !is_writable && !is_executable; }
};

// In order of address.
model::Result<std::vector<Mapping>> ReadMappings(pid_t pid);

// Index of the mapping that holds `address`; mappings.size(): none.
size_t FindMapping(const std::vector<Mapping>& mappings, uint64_t address);

}  // namespace seep::attach
