// SPDX-License-Identifier: Apache-2.0
// Identities of a stack that survive a rebuild: for baselines, suppressions and SARIF.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/model/stack.h"

namespace seep::analysis {

// Without frames of allocators, of the probe, of the start of threads and of the inner life of
// standard libraries; of the rest of a library's frames the one that the program called; without
// recursion (also through up to four functions). No addresses, files, lines or modules of
// functions with a name; the others count by their module, each of them.
struct StackKey {
  uint64_t full = 0;            // of all names
  uint64_t site = 0;            // of the first three of the application
  uint64_t leaf = 0;            // of the first
  bool has_symbols = false;     // at least one function has a name
  std::vector<uint32_t> names;  // innermost first, as numbers: equal within one StackKeys
  std::vector<uint32_t> own;    // those of the application, at most three
};

// Reads each function's name once. Used from one thread.
class StackKeys {
 public:
  StackKey Of(const std::vector<model::SourceFrame>& frames);
  const std::string& NameOf(uint32_t number) const { return names_[number]; }

 private:
  enum class Role { kInternal, kLibrary, kOwn, kUnresolved };
  struct Name {
    uint32_t number = 0;
    Role role = Role::kOwn;
  };

  Name Read(const model::SourceFrame& frame);
  static Role RoleOf(const std::string& name, const model::SourceFrame& frame);
  void Append(StackKey& key, const Name& name) const;
  uint64_t Hash(const std::vector<uint32_t>& names) const;

  std::unordered_map<std::string, Name> read_;         // by function and module
  std::unordered_map<std::string, uint32_t> numbers_;  // by normalised name
  std::vector<std::string> names_;                     // by number
};

// StackKey.full as 16 hexadecimal digits: 64-bit FNV-1a, so that two of 5,000 stacks share one by
// chance in one of 10^12 runs.
std::string Fingerprint(const std::vector<model::SourceFrame>& frames);
std::string ToText(uint64_t fingerprint);

}  // namespace seep::analysis
